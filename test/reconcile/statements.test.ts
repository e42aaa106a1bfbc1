import t from 'tap'
import type { DesiredObject } from '../../src/config/desired-state.ts'
import type { Database } from '../../src/db/open.ts'
import type { Wanted } from '../../src/reconcile/planner.ts'
import { freshDatabaseUrl, onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { abonnement, clientCredential, desired, envSecret, kanaal, wanted } from '../support/desired.ts'
import { apply, planOf } from '../support/reconcile.ts'
import { statementsOf } from '../support/statements.ts'

const ROWS_PER_STATEMENT = 500

/** `number` each of kanalen, abonnementen with a secret, and client credentials with two. */
function document(number: number, link: string): Wanted {
  const names = Array.from({ length: number }, (_, index) => `n${index}`)
  const objects: DesiredObject[] = names.flatMap((name) => [
    kanaal(name, { documentatieLink: link }),
    abonnement(
      name,
      { callbackUrl: link, kanalen: [{ naam: name, filters: {}, acties: [], resources: [] }] },
      { secrets: [envSecret('A', { field: 'auth.value' })] },
    ),
    clientCredential(name, [envSecret('B'), envSecret('C', { slot: 'previous' })], {
      authorizedBy: link.endsWith('1') ? 'configuration' : 'autorisaties',
    }),
  ])
  return wanted([desired('gemeente', objects)])
}

type Measured = Record<'first' | 'unchanged' | 'drifted' | 'changed' | 'deleted' | 'plan', string[]>

async function measure(database: Database, number: number): Promise<Measured> {
  const [one, two] = [document(number, 'https://a.nl/1'), document(number, 'https://a.nl/2')]
  const nothing = wanted([desired('gemeente', [])], {}, { allowance: { deletes: 9_999, empty: true } })
  const first = await statementsOf(() => apply(database, one))
  const unchanged = await statementsOf(() => planOf(database, one))
  const plan = await statementsOf(() => planOf(database, two))
  await database.transaction((tx) => tx.kanaal.updateMany({ data: { documentatieLink: 'https://drift.nl' } }))
  const drifted = await statementsOf(() => planOf(database, one))
  const changed = await statementsOf(() => apply(database, two))
  const deleted = await statementsOf(() => apply(database, nothing))
  return { first, unchanged, plan, drifted, changed, deleted }
}

/** How many statements write to each table. */
function writesByTable(statements: readonly string[]): Map<string, number> {
  const tables = new Map<string, number>()
  for (const statement of statements) {
    const table = /^(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)/.exec(statement)?.[1]
    if (table !== undefined) tables.set(table, (tables.get(table) ?? 0) + 1)
  }
  return tables
}

onEachDatabase(t, 'a plan takes as many statements for 10 objects as for 2 000', async (t, url, provider) => {
  const other = await freshDatabaseUrl(t, provider)
  const few = await measure(await openTestDatabase(t, url), 4)
  const many = await measure(await openTestDatabase(t, other), 667)
  for (const step of ['unchanged', 'plan', 'drifted'] as const) {
    t.strictSame(many[step], few[step], step)
    t.ok(few[step].length > 5 && few[step].length < 30, `${step}: ${few[step].length} statements`)
  }

  await t.test('and an apply one more for every 500 rows of a table', async (t) => {
    const rows: Record<string, number> = { object_version: 2_001, secret: 2_001, secret_version: 2_001 }
    for (const step of ['first', 'changed', 'deleted'] as const) {
      const [less, more] = [writesByTable(few[step]), writesByTable(many[step])]
      t.strictSame([...more.keys()], [...less.keys()], step)
      for (const [table, count] of more) {
        const allowed = (less.get(table) ?? 0) + Math.ceil((rows[table] ?? 667) / ROWS_PER_STATEMENT) - 1
        t.ok(count <= allowed, `${step}: ${count} statements on ${table}, at most ${allowed}`)
      }
      const growth = many[step].length - few[step].length
      t.ok(growth <= 15, `${step}: ${few[step].length} statements, ${growth} more`)
    }
  })
})
