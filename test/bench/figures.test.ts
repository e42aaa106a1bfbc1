import t from 'tap'
import { measuredOf, ratioOf, renderFigures, verdictOf, type Figure } from './figures.ts'

const MS: Figure = { id: 'P0', name: 'something', unit: 'ms', runs: [30, 10, 20] }

void t.test('the median of the runs counts, unless the least or the most does', async (t) => {
  t.equal(measuredOf(MS), 20)
  t.equal(measuredOf({ ...MS, counts: 'least' }), 10)
  t.equal(measuredOf({ ...MS, counts: 'most' }), 30)
  t.equal(measuredOf({ ...MS, runs: [40, 10, 20, 30] }), 30, 'of an even number the worse of the two in the middle')
})

void t.test(
  'a ratio is the median of what each run gave, so that a slow moment of the machine hits both sides',
  async (t) => {
    const baseline = { name: 'B', runs: [300, 10, 100] }
    t.equal(ratioOf({ ...MS, baseline }), 0.2)
    t.equal(ratioOf({ ...MS, baseline, counts: 'least' }), 1, 'the best of each side, which need not be of one run')
    t.equal(ratioOf({ ...MS, baseline: { name: 'B', runs: [5] } }), 4, 'with another number of runs there are no pairs')
    t.equal(ratioOf(MS), undefined)
  },
)

void t.test('a target is kept on its own side, and by the ratio where there is a baseline', async (t) => {
  const baseline = { name: 'B', runs: [40, 20, 40] }
  const cases: [target: Figure['target'], baseline: Figure['baseline'], verdict: string][] = [
    [undefined, undefined, 'told'],
    [{ atMost: 20 }, undefined, 'met'],
    [{ atMost: 19 }, undefined, 'MISSED'],
    [{ atLeast: 20 }, undefined, 'met'],
    [{ atLeast: 21 }, undefined, 'MISSED'],
    [{ atMost: 0.5 }, baseline, 'met'],
    [{ atMost: 0.4 }, baseline, 'MISSED'],
    [{ atLeast: 0.5 }, baseline, 'met'],
    [{ atLeast: 0.6 }, baseline, 'MISSED'],
  ]
  for (const [target, baseline, verdict] of cases) {
    const figure = { ...MS, ...(target && { target }), ...(baseline && { baseline }) }
    t.equal(verdictOf(figure), verdict, JSON.stringify({ target, baseline }))
  }
})

void t.test('what was not measured keeps no promise', async (t) => {
  t.equal(verdictOf({ ...MS, runs: [], target: { atMost: 1 } }), 'MISSED')
  t.equal(verdictOf({ ...MS, runs: [], target: { atLeast: 1 } }), 'MISSED')
  t.equal(verdictOf({ ...MS, baseline: { name: 'B', runs: [] }, target: { atMost: 1 } }), 'MISSED')
})

void t.test('a line shows both sides, the ratio and the target', async (t) => {
  const baseline = { name: 'B', runs: [40, 20, 40] }
  const [, , line] = renderFigures([{ ...MS, database: 'SQLite', baseline, target: { atLeast: 0.6 } }]).split('\n')
  t.equal(line, '| P0 | something, SQLite |    20 ms |  B 40 ms | 0.50 × | ≥ 0.6 × |  MISSED |')
})
