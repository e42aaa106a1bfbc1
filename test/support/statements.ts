import { createRequire } from 'node:module'
import pg from 'pg'

type Method = (this: unknown, ...args: unknown[]) => unknown
type Prototype = Record<string, Method>

// better-sqlite3 comes without types.
const sqlite = createRequire(import.meta.url)('better-sqlite3') as { prototype: Prototype }

/** Where both drivers take a statement: everything passes here, BEGIN and COMMIT of PostgreSQL included. */
const DOORS: [Prototype, string][] = [
  [pg.Client.prototype as unknown as Prototype, 'query'],
  [sqlite.prototype, 'prepare'],
]

/**
 * Calls `hook` before each SQL statement of this process, with its text and its number from 1 on, until
 * the function that it returns is called. What the hook throws is what the statement fails with.
 */
export function onEachStatement(hook: (sql: string, number: number) => void): () => void {
  let number = 0
  const originals = DOORS.map(([prototype, name]) => {
    const original = prototype[name]
    if (original === undefined) throw new Error(`the driver has no method ${name}`)
    prototype[name] = function (...args) {
      const [first] = args
      const sql = typeof first === 'string' ? first : (first as { text?: string } | undefined)?.text
      if (sql !== undefined) hook(sql, (number += 1))
      return original.apply(this, args)
    }
    return () => (prototype[name] = original)
  })
  return () => originals.forEach((restore) => restore())
}

/** The SQL statements that `work` sends, on one line each. Nothing else may use a database meanwhile. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = []
  const stop = onEachStatement((sql) => statements.push(sql.replaceAll(/\s+/g, ' ').trim()))
  try {
    await work()
  } finally {
    stop()
  }
  return statements
}
