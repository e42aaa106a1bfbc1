import { empty, join, raw, type Sql } from '@prisma/client/runtime/client'
import type { Transaction } from '../open.ts'
import type { Provider } from '../target.ts'
import { selectRows, slotList, textList } from './json-parameters.ts'
import { columnsOf, NATURAL_KEYS, type ObjectTable, type Row, type Table } from './tables.ts'

/** Rows per statement. 1 000 objects are two statements per kind. */
const BATCH = 500
/** Ids per statement: they are short. */
const ID_BATCH = 5_000
/** What a replaced row keeps. */
const IMMUTABLE: ReadonlySet<string> = new Set(['id', 'createdAt'])

/** Inserts objects, or replaces what stands under the same id. */
export async function upsertObjects(
  tx: Transaction,
  provider: Provider,
  table: ObjectTable,
  rows: readonly Row[],
): Promise<void> {
  const assignments = columnsOf(table)
    .filter(({ key }) => !IMMUTABLE.has(key))
    .map(({ name }) => raw(`${name} = excluded.${name}`))
  await insert(tx, provider, table, rows, raw(`ON CONFLICT (id) DO UPDATE SET ${join(assignments).sql}`))
}

/** Deletes the objects with these ids. */
export async function deleteObjects(
  tx: Transaction,
  provider: Provider,
  table: ObjectTable,
  ids: readonly string[],
): Promise<void> {
  for (const batch of batches(ids, ID_BATCH)) {
    await tx.$executeRaw`DELETE FROM ${raw(table)} WHERE id IN ${textList(provider, batch)}`
  }
}

/**
 * Gives objects keys that nobody can have, so that renames may swap keys: a unique index is checked row
 * by row.
 */
export async function vacateKeys(
  tx: Transaction,
  provider: Provider,
  table: ObjectTable,
  ids: readonly string[],
): Promise<void> {
  const key = raw(NATURAL_KEYS[table])
  for (const batch of batches(ids, ID_BATCH)) {
    await tx.$executeRaw`UPDATE ${raw(table)} SET ${key} = '/' || id WHERE id IN ${textList(provider, batch)}`
  }
}

/** Slots that stay as they are: in `secret`, and in earlier versions. */
export type KeptSlots = { live: readonly Row[]; versions: readonly Row[] }

/**
 * Makes `rows`, beside the slots that are `kept` as they are, the only secrets of `objectIds`. The ciphertext of every other slot of theirs is
 * destroyed, in all versions too. A slot whose value stays remembers when it was last used.
 */
export async function replaceSecrets(
  tx: Transaction,
  provider: Provider,
  objectIds: readonly string[],
  rows: readonly Row[],
  kept: KeptSlots,
): Promise<void> {
  for (const batch of batches(objectIds, ID_BATCH)) {
    const ids = new Set<unknown>(batch)
    for (const [table, stay] of [
      ['secret', kept.live],
      ['secret_version', kept.versions],
    ] as const) {
      const slots = [...rows, ...stay].filter(({ objectId }) => ids.has(objectId))
      await tx.$executeRaw`
        DELETE FROM ${raw(table)}
        WHERE object_id IN ${textList(provider, batch)} AND (object_id, field, slot) NOT IN ${slotList(provider, slots)}`
    }
  }
  await insert(tx, provider, 'secret', rows, KEEP_LAST_USE)
}

/** Destroys the ciphertext of every slot that has ended by `now`, in all versions too. */
export async function destroyEndedSecrets(tx: Transaction, now: number): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM secret_version WHERE (object_id, field, slot) IN
      (SELECT object_id, field, slot FROM secret WHERE expires_at <= ${now})`
  await tx.$executeRaw`DELETE FROM secret WHERE expires_at <= ${now}`
}

/**
 * Writes what a generation made of objects; the sealed secrets of those in `withSecrets` are copied from
 * where they stand now, so this comes after `replaceSecrets`.
 */
export async function insertVersions(
  tx: Transaction,
  provider: Provider,
  generation: number,
  { rows, withSecrets, secrets }: { rows: readonly Row[]; withSecrets: readonly string[]; secrets: readonly Row[] },
): Promise<void> {
  const numbered = (row: Row): Row => ({ ...row, generation })
  await insert(tx, provider, 'object_version', rows.map(numbered), empty)
  await insert(tx, provider, 'secret_version', secrets.map(numbered), empty)
  for (const batch of batches(withSecrets, ID_BATCH)) {
    await tx.$executeRaw`
      INSERT INTO secret_version (object_id, generation, field, slot, ciphertext)
      SELECT object_id, ${generation}, field, slot, ciphertext FROM secret
      WHERE object_id IN ${textList(provider, batch)}`
  }
}

const KEEP_LAST_USE = raw(`
  ON CONFLICT (object_id, field, slot) DO UPDATE SET
    kind = excluded.kind, reference = excluded.reference, ciphertext = excluded.ciphertext,
    fingerprint = excluded.fingerprint, expires_at = excluded.expires_at,
    last_used_at = CASE WHEN secret.fingerprint = excluded.fingerprint THEN secret.last_used_at END`)

async function insert(tx: Transaction, provider: Provider, table: Table, rows: readonly Row[], onConflict: Sql) {
  const columns = columnsOf(table)
  const names = join(columns.map(({ name }) => raw(name)))
  for (const batch of batches(rows)) {
    await tx.$executeRaw`INSERT INTO ${raw(table)} (${names}) ${selectRows(provider, columns, batch)} ${onConflict}`
  }
}

function* batches<T>(items: readonly T[], size = BATCH): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}
