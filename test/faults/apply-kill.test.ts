import t from 'tap'
import { onEachDatabase } from '../support/databases.ts'
import { killEveryStatement } from './apply-kill.ts'

// Each statement of the transaction that writes, and the two after it; `npm run test:faults -- --apply` also kills
// before those that only read.
t.setTimeout(300_000)

onEachDatabase(t, 'an apply that is killed before any of its statements did all or nothing', async (t, url) => {
  const report = await killEveryStatement({ databaseUrl: url, choose: writing })
  t.comment(`${report.old} times the old state, ${report.done} times the new one`)
  t.strictSame(report.wrong, [])
  t.ok(report.old > 20, 'until the commit')
  t.equal(report.done, 2, 'from the commit on')
})

/** Numbers from 1: from the BEGIN to the COMMIT around the history, and two more. */
function writing(statements: readonly string[]): number[] {
  const history = statements.findIndex((statement) => statement.startsWith('INSERT INTO generation'))
  const begin = statements.lastIndexOf('BEGIN', history)
  const commit = statements.indexOf('COMMIT', history)
  return Array.from({ length: commit - begin + 3 }, (_, index) => begin + index + 1)
}
