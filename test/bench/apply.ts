// How long an apply takes and how long it keeps others from writing, on both databases:
// `npx tsx test/bench/apply.ts [objects]` (default 1 000).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase, type Database } from '../../src/db/open.ts'
import { abonnement, clientCredential, desired, envSecret, kanaal, wanted } from '../support/desired.ts'
import { startPostgres } from '../support/postgres.ts'
import { apply, planOf } from '../support/reconcile.ts'

const objects = Number(process.argv[2] ?? 1_000)
const numbers = Array.from({ length: Math.ceil(objects / 4) }, (_, index) => index)

/** A quarter kanalen, a quarter client credentials, half abonnementen; three quarters have a secret. */
function document(revision: number) {
  const filters = [`revision${revision}`]
  return wanted([
    desired('bench', [
      kanaal('zaken'),
      ...numbers.map((n) => kanaal(`kanaal-${n}`, { filters })),
      ...numbers.map((n) => clientCredential(`client-${n}`, [envSecret(`SECRET_${n}_${revision}`)])),
      ...[...numbers, ...numbers].map((n, index) =>
        abonnement(
          `abonnement-${index}`,
          {},
          { secrets: [envSecret(`KEY_${n}_${revision}`, { field: 'auth.value' })] },
        ),
      ),
    ]),
  ])
}

async function measure(name: string, database: Database): Promise<void> {
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const from = performance.now()
    const result = await work()
    const lock = (result as { lockHeldMs?: number } | undefined)?.lockHeldMs
    const held = lock === undefined ? '' : `, locked ${lock.toFixed(0)} ms`
    process.stdout.write(`${name}: ${what} ${(performance.now() - from).toFixed(0)} ms${held}\n`)
    return result
  }
  const [first, second] = [document(1), document(2)]
  const nothing = wanted([desired('bench', [])], {}, { allowance: { deletes: 2 * objects, empty: true } })
  await timed('plan, all new', () => planOf(database, first))
  await timed('apply, all new (plan, write, verify)', () => apply(database, first))
  await timed('plan, nothing to do', () => planOf(database, first))
  await timed('apply, all changed', () => apply(database, second))
  await timed('apply, all deleted', () => apply(database, nothing))
}

const folder = mkdtempSync(join(tmpdir(), 'bode-bench-'))
const postgres = await startPostgres()
try {
  process.stdout.write(`${objects} objects\n`)
  const urls = { SQLite: `file:${join(folder, 'bode.db')}`, [postgres.version]: await postgres.createDatabase('bench') }
  for (const [name, url] of Object.entries(urls)) {
    await migrate(url)
    const database = await openDatabase(url)
    await measure(name, database)
    await database.close()
  }
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
