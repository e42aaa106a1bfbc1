import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils'

/** Right after the script, in its transaction. There is one such row: others begin after this one. */
const NOTE =
  'UPDATE _prisma_migrations SET finished_at = started_at WHERE finished_at IS NULL AND rolled_back_at IS NULL'
const EXPLICIT = /^BEGIN;([\s\S]*)\nCOMMIT;\s*$/

/**
 * Makes a migration and the note that it happened one transaction: a process that is killed at any moment leaves
 * both or neither, so that the next one can go on. The adapters run a script statement by statement (that of
 * PostgreSQL each in a transaction of its own), and the engine writes the note afterwards; it does so still, with
 * the right time.
 */
export function withAtomicScripts(connection: SqlDriverAdapter): SqlDriverAdapter {
  const execute = connection.executeScript.bind(connection)
  connection.executeScript = async (script) => {
    // The table of the notes is made by a script too.
    if (/CREATE TABLE\s+"?_prisma_migrations/i.test(script)) return execute(script)
    const body = EXPLICIT.exec(script)?.[1] ?? script
    try {
      await execute(`BEGIN;\n${body.trimEnd().replace(/;$/, '')};\n${NOTE};\nCOMMIT;`)
    } catch (error) {
      await execute('ROLLBACK').catch(() => {})
      throw error
    }
  }
  return connection
}
