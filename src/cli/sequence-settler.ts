import { holdApplyLock } from '../db/configuration/apply-lock.ts'
import type { Database, Transaction } from '../db/open.ts'
import type { Wanted } from '../reconcile/planner.ts'
import { areRecorded, demandNotOlder, recordSequences, sequencesOf } from '../reconcile/sequence.ts'

/** Remembers the `metadata.sequence` of what is applied, and refuses an older one where that is asked for. */
export type SequenceSettler = {
  /** Throws Failure `conflict` for an older document. */
  check(database: Database): Promise<void>
  /** In the transaction of the apply; checks again, because nobody else can write now. */
  write: (tx: Transaction) => Promise<void>
  /** For an apply that changed nothing else. */
  writeAlone(database: Database): Promise<void>
}

/** `refuseOlder`: a server that starts; an apply by hand may well go back to an older document. */
export function sequenceSettler(flow: {
  wanted: Pick<Wanted, 'states'>
  refuseOlder?: boolean
  lockTimeoutMs: number
}): SequenceSettler {
  const sequences = sequencesOf(flow.wanted.states)
  const write = async (tx: Transaction): Promise<void> => {
    if (flow.refuseOlder === true) await demandNotOlder(tx, sequences)
    await recordSequences(tx, sequences)
  }
  return {
    check: async ({ reader }) => {
      if (flow.refuseOlder === true) await demandNotOlder(reader, sequences)
    },
    write,
    writeAlone: async (database) => {
      if (await areRecorded(database.reader, sequences)) return
      const { lockTimeoutMs: waitMs } = flow
      // Under the lock: a newer document may be on its way in, and must not be remembered as this older one.
      const locked = async (tx: Transaction): Promise<void> => {
        await holdApplyLock(tx, database.provider, waitMs)
        await write(tx)
      }
      await database.transaction(locked, { waitMs })
    },
  }
}
