import t from 'tap'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { hitReplicas } from './replicas.ts'
import { seededRandom } from './seeded-random.ts'
import { stopLoop } from './stop.ts'

// `npm run test:faults -- --replicas` and `--stop` do it more often.
t.setTimeout(300_000)

const HITS = {
  'I1, I6, I17: when one of two servers is killed, the other takes over within 35 s': { kind: 'kill' },
  'I6: a server that stood still until its leases were lost overwrites and repeats nothing else': {
    kind: 'freeze',
    frozenMs: 0,
  },
} as const

for (const [name, how] of Object.entries(HITS)) {
  void t.test(name, async (t) => {
    const databaseUrl = await freshDatabaseUrl(t, 'postgresql')
    const report = await hitReplicas({ databaseUrl, random: seededRandom(1), hits: [how] })
    t.comment(`acknowledged ${report.acknowledged}, twice ${report.duplicated} of ${report.leased} leased`)
    const [takenOverAfterMs = Infinity] = report.takenOverAfterMs
    t.comment(`taken over after ${(takenOverAfterMs / 1_000).toFixed(1)} s`)
    t.ok(report.acknowledged > 0)
    t.ok(report.leased > 0, 'it had something in its hands')
    t.strictSame(report.lost, [])
    t.strictSame(report.repeated, [], 'nobody sends what the other has')
    t.ok(takenOverAfterMs <= 35_000)
  })
}

onEachDatabase(t, 'I12: SIGTERM under load loses and repeats nothing', async (t, databaseUrl) => {
  const report = await stopLoop({ databaseUrl, iterations: 3, random: seededRandom(1) })
  t.comment(`acknowledged ${report.acknowledged}`)
  t.ok(report.acknowledged > 0)
  t.strictSame(report.lost, [])
  t.equal(report.duplicated, 0)
  t.strictSame(report.exits, [0, 0, 0])
})
