import t from 'tap'
import { onEachDatabase } from '../support/databases.ts'
import { twoAppliers } from './appliers.ts'
import { seededRandom } from './seeded-random.ts'

// A few rounds; `npm run test:faults -- --appliers --iterations 200` plays as many as you like.
t.setTimeout(300_000)

onEachDatabase(t, 'of two processes that apply at once one wins, and nothing is mixed', async (t, url) => {
  const report = await twoAppliers({ databaseUrl: url, rounds: 3, random: seededRandom(3) })
  t.comment(`applied ${report.applied}, conflict ${report.conflict}, locked ${report.locked}`)
  t.strictSame(report.wrong, [])
  t.equal(report.applied + report.conflict + report.locked, 6)
})
