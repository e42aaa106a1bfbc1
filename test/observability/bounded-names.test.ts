import t from 'tap'
import { BoundedNames } from '../../src/observability/bounded-names.ts'

void t.test('the first names are themselves, the rest are other until there is room', async (t) => {
  const names = new BoundedNames(2)
  const labels = (): string[] => ['a', 'b', 'c', 'a'].map((name) => names.labelOf(name))
  t.strictSame(labels(), ['a', 'b', 'other', 'a'])
  t.strictSame(names.prune(new Set(['a', 'b', 'c'])), [])
  t.strictSame(labels(), ['a', 'b', 'other', 'a'])
  t.strictSame(names.prune(new Set(['b', 'c'])), ['a'])
  t.strictSame(
    ['c', 'b', 'd'].map((name) => names.labelOf(name)),
    ['c', 'b', 'other'],
  )
})
