import { Failure } from '../common/failure.ts'
import type { DesiredState } from '../config/desired-state.ts'
import { deleteMeta, readMeta, writeMeta } from '../db/meta.ts'
import type { Client, Transaction } from '../db/open.ts'

/** `metadata.sequence` by owner; a document without one is not among them. */
export type Sequences = ReadonlyMap<string, number>

export function sequencesOf(states: readonly Pick<DesiredState, 'owner' | 'sequence'>[]): Sequences {
  return new Map(states.flatMap(({ owner, sequence }) => (sequence === undefined ? [] : [[owner, sequence] as const])))
}

/**
 * Throws Failure `conflict` when a later document than one of these was applied: a server that starts from
 * an old image must not undo what is newer.
 */
export async function demandNotOlder(client: Client | Transaction, sequences: Sequences): Promise<void> {
  for (const [owner, sequence] of sequences) {
    const applied = await appliedSequence(client, owner)
    if (applied === undefined || sequence >= applied) continue
    throw new Failure(
      'conflict',
      `this document of "${owner}" is older than what was applied: its metadata.sequence is ${sequence}, ` +
        `the last one was ${applied}; nothing was changed`,
    )
  }
}

/** Remembers which documents were applied, be they newer or (by hand) older. */
export async function recordSequences(tx: Transaction, sequences: Sequences): Promise<void> {
  for (const [owner, sequence] of sequences) await writeMeta(tx, `sequence:${owner}`, String(sequence))
}

/** True when what was applied last are these documents. */
export async function areRecorded(client: Client | Transaction, sequences: Sequences): Promise<boolean> {
  for (const [owner, sequence] of sequences) if ((await appliedSequence(client, owner)) !== sequence) return false
  return true
}

/** What is remembered of `owners` now; undefined: nothing. */
export async function recordedSequences(
  client: Client | Transaction,
  owners: readonly string[],
): Promise<ReadonlyMap<string, number | undefined>> {
  const found = new Map<string, number | undefined>()
  for (const owner of owners) found.set(owner, await appliedSequence(client, owner))
  return found
}

/** Makes what `recordedSequences` found what is remembered again, for documents that were taken back. */
export async function restoreSequences(
  tx: Transaction,
  sequences: ReadonlyMap<string, number | undefined>,
): Promise<void> {
  for (const [owner, sequence] of sequences) {
    if (sequence === undefined) await deleteMeta(tx, `sequence:${owner}`)
    else await writeMeta(tx, `sequence:${owner}`, String(sequence))
  }
}

async function appliedSequence(client: Client | Transaction, owner: string): Promise<number | undefined> {
  const text = await readMeta(client, `sequence:${owner}`)
  return text === undefined ? undefined : Number(text)
}
