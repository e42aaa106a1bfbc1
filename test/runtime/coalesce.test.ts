import t from 'tap'
import { coalesce } from '../../src/runtime/coalesce.ts'

void t.test('a call during a run gets the next run, and all such calls share it', async (t) => {
  const finish: ((value: number) => void)[] = []
  const reload = coalesce(() => new Promise<number>((resolve) => finish.push(resolve)))
  const first = reload()
  const [second, third] = [reload(), reload()]
  t.equal(finish.length, 1, 'one run is under way')
  finish[0]?.(1)
  t.equal(await first, 1)
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(finish.length, 2, 'the two waiting calls share one run')
  finish[1]?.(2)
  t.strictSame(await Promise.all([second, third]), [2, 2])
})

void t.test('a failed run fails its own callers only', async (t) => {
  let runs = 0
  const reload = coalesce(() => {
    runs += 1
    return runs === 1 ? Promise.reject(new Error('down')) : Promise.resolve(runs)
  })
  const first = reload()
  const second = reload()
  await t.rejects(first, { message: 'down' })
  t.equal(await second, 2)
  t.equal(await reload(), 3)
})
