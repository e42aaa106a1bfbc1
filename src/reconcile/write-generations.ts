import type { AuditEntry } from '../db/audit.ts'
import { insertGenerations, type GenerationRow } from '../db/configuration/generations.ts'
import { insertVersions } from '../db/configuration/write-rows.ts'
import type { Transaction } from '../db/open.ts'
import type { Provider } from '../db/target.ts'
import type { VersionRows } from './version-rows.ts'

/** A generation before its number is known, with what it makes of its owner's objects. */
export type NewGeneration = { row: Omit<GenerationRow, 'number'>; versions: VersionRows }

/**
 * Writes one generation for each owner, numbered from `first` on, with the versions that it made; after the
 * secrets, which it copies. `now` (epoch ms) is the moment of writing. Returns the newest number, and the entries of the
 * audit.
 */
export async function writeGenerations(
  tx: Transaction,
  provider: Provider,
  generations: readonly NewGeneration[],
  first: number,
  now: number,
): Promise<{ generation: number; audited: AuditEntry[] }> {
  const numbered = generations.map(({ row }, index) => ({ ...row, number: first + index }))
  const audited = await insertGenerations(tx, provider, numbered, now)
  for (const [index, { versions }] of generations.entries()) {
    await insertVersions(tx, provider, first + index, versions)
  }
  return { generation: first + generations.length - 1, audited }
}
