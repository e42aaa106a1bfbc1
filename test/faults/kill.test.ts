import t from 'tap'
import { onEachDatabase } from '../support/databases.ts'
import { FAILPOINTS, killLoop } from './kill.ts'
import { seededRandom } from './seeded-random.ts'

// A few iterations; `npm run test:faults -- --iterations 50` runs as many as you like.
// On PostgreSQL the work of the last one killed is taken over when its heartbeat is 15 s old.
t.setTimeout(300_000)

onEachDatabase(t, 'kill -9 under load loses nothing that was acknowledged', async (t, url) => {
  const report = await killLoop({ databaseUrl: url, iterations: 2, random: seededRandom(1) })
  t.comment(`acknowledged ${report.acknowledged}, duplicated ${report.duplicated} of ${report.inFlightAtKills}`)
  t.ok(report.acknowledged > 0)
  t.strictSame(report.lost, [])
  t.ok(report.duplicated <= report.inFlightAtKills, `${report.duplicated} <= ${report.inFlightAtKills}`)
})

onEachDatabase(
  t,
  'I1, I6: kill -9 at any named moment of an accept, a claim or a settle loses nothing',
  async (t, url) => {
    const iterations = FAILPOINTS.length
    const report = await killLoop({ databaseUrl: url, iterations, random: seededRandom(2), failpoints: FAILPOINTS })
    t.comment(`acknowledged ${report.acknowledged}, duplicated ${report.duplicated} of ${report.inFlightAtKills}`)
    t.equal(report.reached, iterations, 'each moment was reached')
    t.ok(report.acknowledged > 0)
    t.strictSame(report.lost, [])
    t.ok(report.duplicated <= report.inFlightAtKills, `${report.duplicated} <= ${report.inFlightAtKills}`)
  },
)
