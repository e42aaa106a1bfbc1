import t from 'tap'
import { cached } from '../../src/observability/cached.ts'

void t.test('it is read again when it is old, and less often when that is slow', async (t) => {
  let [now, reads, takes] = [0, 0, 10]
  const read = async (): Promise<number> => {
    now += takes
    return (reads += 1)
  }
  const value = cached(read, { minAgeMs: 5_000, patienceMs: 1_000, now: () => now })
  t.equal(await value(), 1)
  now += 4_999
  t.equal(await value(), 1)
  now += 1
  takes = 200
  t.equal(await value(), 2)
  now += 19_999
  t.equal(await value(), 2, 'a hundred times what it took')
  now += 1
  takes = 100_000
  t.equal(await value(), 3)
  now += 60_000
  t.equal(await value(), 4, 'but not for ever')
})

void t.test('many who ask share one read', async (t) => {
  let reads = 0
  let answer = (_value: number): void => {}
  const read = (): Promise<number> =>
    new Promise((resolve) => {
      reads += 1
      answer = resolve
    })
  const value = cached(read, { minAgeMs: 1, patienceMs: 10_000 })
  const asked = [value(), value(), value()]
  answer(7)
  t.strictSame(await Promise.all(asked), [7, 7, 7])
  t.equal(reads, 1)
})

void t.test('a read that fails or takes too long gives nothing, not an old value', async (t) => {
  let now = 0
  let answers: (Promise<number> | Error)[] = [Promise.resolve(1), new Error('gone'), Promise.resolve(3)]
  const read = async (): Promise<number> => {
    const next = answers.shift()
    if (next instanceof Error) throw next
    return next!
  }
  const value = cached(read, { minAgeMs: 100, patienceMs: 5, now: () => now })
  const later = (): Promise<number | undefined> => {
    now += 101
    return value()
  }
  t.equal(await value(), 1)
  t.equal(await later(), undefined, 'failed')
  t.equal(await later(), 3)
  let answer = (_value: number): void => {}
  answers = [new Promise((resolve) => (answer = resolve))]
  t.equal(await later(), undefined, 'late')
  t.equal(await value(), undefined, 'still late, and not asked twice')
  answer(4)
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(await value(), 4)
})
