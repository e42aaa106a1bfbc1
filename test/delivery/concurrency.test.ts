import fc from 'fast-check'
import t from 'tap'
import { adjust, fullConcurrency, SLOW_START, type Concurrency } from '../../src/delivery/concurrency.ts'

const MAX = 8

function limitsAfter(start: Concurrency, signs: readonly ('success' | 'overload' | 'neither')[]): number[] {
  let [concurrency, now] = [start, 0]
  return signs.map((sign) => {
    now += 10
    concurrency = adjust(concurrency, sign, { startedAt: now - 1, now, max: MAX })
    return concurrency.limit
  })
}

void t.test('overload halves it, down to one', async (t) => {
  t.strictSame(limitsAfter(fullConcurrency(MAX), ['overload', 'overload', 'overload', 'overload']), [4, 2, 1, 1])
})

void t.test('a round of successes adds one, up to what is configured', async (t) => {
  const limits = limitsAfter(
    SLOW_START,
    Array.from({ length: 40 }, () => 'success' as const),
  )
  t.strictSame(limits.slice(0, 7), [2, 2, 3, 3, 3, 4, 4])
  t.equal(limits.at(-1), MAX)
})

void t.test('requests that were under way together are one sign', async (t) => {
  let concurrency = fullConcurrency(MAX)
  for (let ended = 0; ended < 8; ended += 1) {
    concurrency = adjust(concurrency, 'overload', { startedAt: 0, now: 100 + ended, max: MAX })
  }
  t.equal(concurrency.limit, 4)
})

void t.test('a failure that is not overload changes nothing', async (t) => {
  t.strictSame(limitsAfter(fullConcurrency(MAX), ['neither', 'neither']), [MAX, MAX])
})

void t.test('it is never below one nor above what is configured', async () => {
  const sign = fc.constantFrom('success' as const, 'overload' as const, 'neither' as const)
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 100 }), (signs) =>
      limitsAfter(fullConcurrency(MAX), signs).every((limit) => limit >= 1 && limit <= MAX),
    ),
  )
})
