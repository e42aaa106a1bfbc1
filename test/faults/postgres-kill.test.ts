import t from 'tap'
import { killPostgres } from './postgres-kill.ts'
import { seededRandom } from './seeded-random.ts'

// `npm run test:faults -- --postgres` does it more often.
t.setTimeout(300_000)

void t.test(
  'I1, I15: a PostgreSQL that is killed under load loses nothing, and the server recovers alone',
  async (t) => {
    const report = await killPostgres({ iterations: 2, random: seededRandom(1) })
    t.comment(`acknowledged ${report.acknowledged}, duplicated ${report.duplicated} of ${report.leasedAtKills}`)
    t.comment(`201 again after ${report.recoveredAfterMs.map(Math.round).join(', ')} ms`)
    t.ok(report.acknowledged > 0)
    t.strictSame(report.lost, [])
    t.ok(report.duplicated <= report.leasedAtKills, `${report.duplicated} <= ${report.leasedAtKills}`)
  },
)
