// Preloaded into the built program (`NODE_OPTIONS=--import=...`): ends the process with SIGKILL at the moment that
// BODE_TEST_FAILPOINT names, the BODE_TEST_FAILPOINT_AT-th time that it comes by. A moment is `before`, `mid` or
// `after` an accept, a claim or a settle: before its statement is sent; when it is done but not committed (of a
// statement that is a transaction by itself: when it is sent and not answered); and when it is committed.
import Sqlite from 'better-sqlite3'
import pg from 'pg'

const KINDS = {
  accept: /INSERT INTO notificatie\b/,
  claim: /SET state = 1\b/,
  settle: /DELETE FROM delivery\b/,
}
const [moment, kind] = (process.env.BODE_TEST_FAILPOINT ?? '').split('-')
let left = Number(process.env.BODE_TEST_FAILPOINT_AT ?? 1)
/** Per connection: undefined outside a transaction, else whether what it is about is what we wait for. */
const transactions = new WeakMap()

function die() {
  left -= 1
  if (left === 0) process.kill(process.pid, 'SIGKILL')
}

/** Notes the statement, may die before it, and says whether to die once it is sent (`mid`) or has ended (`after`). */
function reach(connection, sql) {
  if (sql === undefined || kind === undefined) return undefined
  const ours = KINDS[kind].test(sql)
  if (ours && moment === 'before') die()
  if (sql.startsWith('BEGIN')) transactions.set(connection, false)
  if (!transactions.has(connection)) return ours && moment !== 'before' ? moment : undefined
  if (ours) transactions.set(connection, true)
  const isOver = /^(COMMIT|ROLLBACK)/.test(sql)
  const reached = isOver && sql.startsWith('COMMIT') && transactions.get(connection)
  if (isOver) transactions.delete(connection)
  if (reached && moment === 'mid') die()
  return reached && moment === 'after' ? 'after' : undefined
}

trap(pg.Client.prototype, 'query', (original, connection, args) => {
  const then = reach(connection, typeof args[0] === 'string' ? args[0] : args[0]?.text)
  // The pool asks with a callback, a transaction with a promise.
  const callback = args.at(-1)
  if (then === 'after' && typeof callback === 'function') {
    args[args.length - 1] = (error, ...rest) => {
      if (!error) die()
      callback(error, ...rest)
    }
  }
  const result = original.apply(connection, args)
  if (then === 'mid') setImmediate(die)
  if (then === 'after') result?.then(die, () => {})
  return result
})

trap(Sqlite.prototype, 'prepare', (original, connection, args) => {
  const then = reach(connection, args[0])
  const statement = original.apply(connection, args)
  if (then === 'after') {
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
