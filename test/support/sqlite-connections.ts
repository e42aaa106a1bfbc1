import { createRequire } from 'node:module'
import type { Test } from 'tap'

/** What a test does with a connection of the driver itself; better-sqlite3 comes without types. */
export type SqliteConnection = { pragma(text: string, options?: { simple: boolean }): unknown }
type Prepare = (this: SqliteConnection, sql: string) => unknown

const driver = createRequire(import.meta.url)('better-sqlite3') as { prototype: { prepare: Prepare } }

/**
 * The connection of this process that last took a statement with `text` in it, from now until the test ends: what is
 * set on it holds for nobody else.
 */
export function connectionOf(t: Test, text: string): () => SqliteConnection {
  const { prototype } = driver
  const { prepare } = prototype
  let found: SqliteConnection | undefined
  const note = (connection: SqliteConnection, sql: string): void => {
    if (sql.includes(text)) found = connection
  }
  prototype.prepare = function (sql) {
    note(this, sql)
    return prepare.call(this, sql)
  }
  t.teardown(() => (prototype.prepare = prepare))
  return () => {
    if (found === undefined) throw new Error(`no connection took a statement with ${text}`)
    return found
  }
}
