import t from 'tap'
import { onEachDatabase } from '../support/databases.ts'
import { outage } from './outage.ts'

// `npm run test:faults -- --outage` lasts a minute, and says how long a message takes to the others.
t.setTimeout(300_000)

onEachDatabase(t, 'I7, I8: a subscriber that was down gets what it missed, once and within its cap', async (t, url) => {
  const report = await outage({ databaseUrl: url, downMs: 3_000, wellMs: 500, perSecond: 40 })
  t.comment(`missed ${report.missed}, drained after ${Math.round(report.drainedAfterMs)} ms`)
  t.ok(report.missed > 8, `${report.missed} missed`)
  t.ok(report.requestsWhileDown < report.missed, 'it was left alone meanwhile')
  t.ok(report.mostAtOnce <= 8, `${report.mostAtOnce} at once`)
  t.strictSame(report.lost, [])
  t.strictSame(report.repeated, [])
})
