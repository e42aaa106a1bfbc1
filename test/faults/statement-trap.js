// Preloaded into the built program (`node --import`): counts the statements that it sends to its database, BEGIN
// and COMMIT included, and ends the process with SIGKILL right before the one it is told to. With
// BODE_TEST_RECORD the statements are written to that file instead.
import { appendFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import pg from 'pg'

const killBefore = Number(process.env.BODE_TEST_KILL_BEFORE ?? Infinity)
const record = process.env.BODE_TEST_RECORD
let count = 0

function trap(prototype, method) {
  const original = prototype[method]
  prototype[method] = function (...args) {
    const sql = typeof args[0] === 'string' ? args[0] : args[0]?.text
    if (sql !== undefined) {
      count += 1
      if (record !== undefined) appendFileSync(record, `${sql.replaceAll(/\s+/g, ' ').trim().slice(0, 100)}\n`)
      if (count === killBefore) process.kill(process.pid, 'SIGKILL')
    }
    return original.apply(this, args)
  }
}

trap(pg.Client.prototype, 'query')
trap(Sqlite.prototype, 'prepare')
trap(Sqlite.prototype, 'exec')
