// Preloaded into the built program (`NODE_OPTIONS=--import=...`): ends the process with SIGKILL at the moment that
// BODE_TEST_FAILPOINT names, the BODE_TEST_FAILPOINT_AT-th time that it comes by. Moments are known by the statements
// that a connection sends within one transaction.
import Sqlite from 'better-sqlite3'
import pg from 'pg'

const POINTS = {
  'after-insert': { within: 'accept', before: /^\s*INSERT INTO delivery\b/ },
  'before-commit': { within: 'accept', before: /^COMMIT/ },
  'after-commit': { within: 'accept', after: /^COMMIT/ },
  'mid-claim': { within: 'claim', before: /^COMMIT/ },
  'before-settle': { before: /^\s*DELETE FROM delivery\b/ },
  'mid-settle': { within: 'settle', before: /^\s*INSERT INTO delivery_done\b/ },
  'after-settle': { within: 'settle', after: /^COMMIT/ },
}
const KINDS = [
  ['accept', /INSERT INTO notificatie\b/],
  ['claim', /SET state = 1\b/],
  ['settle', /^\s*DELETE FROM delivery\b/],
]
const point = POINTS[process.env.BODE_TEST_FAILPOINT]
let left = Number(process.env.BODE_TEST_FAILPOINT_AT ?? 1)
/** What the transaction of a connection is about, as far as it got. */
const within = new WeakMap()

function die() {
  left -= 1
  if (left === 0) process.kill(process.pid, 'SIGKILL')
}

/** Notes the statement; dies before it, or says that it must be waited for. */
function reach(connection, sql) {
  if (sql === undefined || point === undefined) return false
  if (sql.startsWith('BEGIN')) within.delete(connection)
  for (const [kind, pattern] of KINDS) if (pattern.test(sql)) within.set(connection, kind)
  if (point.within !== undefined && within.get(connection) !== point.within) return false
  if (point.before?.test(sql)) die()
  return point.after?.test(sql) === true
}

trap(pg.Client.prototype, 'query', (original, connection, args) => {
  const awaited = reach(connection, typeof args[0] === 'string' ? args[0] : args[0]?.text)
  const result = original.apply(connection, args)
  if (awaited) result.then(die, () => {})
  return result
})

trap(Sqlite.prototype, 'prepare', (original, connection, args) => {
  const awaited = reach(connection, args[0])
  const statement = original.apply(connection, args)
  if (awaited) {
    trap(statement, 'run', (run, self, values) => {
      const result = run.apply(self, values)
      die()
      return result
    })
  }
  return statement
})

/** Puts `around` in the place of a method. */
function trap(owner, method, around) {
  const original = owner[method]
  owner[method] = function (...args) {
    return around(original, this, args)
  }
}
