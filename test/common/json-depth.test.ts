import t from 'tap'
import { isDeeperThan } from '../../src/common/json-depth.ts'

const cases: [value: unknown, depth: number][] = [
  [null, 0],
  ['[[[', 0],
  [5, 0],
  [[], 1],
  [{}, 1],
  [[1, 'a', null], 1],
  [{ a: [], b: 1 }, 2],
  [[[], [[{ a: 1 }]], []], 4],
]

void t.test('the depth of a value is that of its deepest list or object', async (t) => {
  for (const [value, depth] of cases) {
    t.notOk(isDeeperThan(value, depth), JSON.stringify(value))
    if (depth > 0) t.ok(isDeeperThan(value, depth - 1), JSON.stringify(value))
  }
})

void t.test('a hostile depth is no trouble', async (t) => {
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown
  t.ok(isDeeperThan(deep, 100))
  t.ok(isDeeperThan(deep, 99_999))
  t.notOk(isDeeperThan(deep, 100_000))
})
