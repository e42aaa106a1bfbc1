import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../common/failure.ts'
import type { Transaction } from '../open.ts'
import type { Provider } from '../target.ts'

const ADVISORY_KEY = 726_964_103
const PAUSE_MS = { first: 5, longest: 200 }

/**
 * Lets one apply at a time through until this transaction ends, whichever way it ends. On SQLite the
 * transaction itself is the lock. Throws Failure `locked` after `waitMs`.
 */
export async function holdApplyLock(tx: Transaction, provider: Provider, waitMs: number): Promise<void> {
  if (provider === 'sqlite') {
    // Sealed secrets that are replaced or removed must not stay readable in free space. Costs this connection only.
    await tx.$queryRaw`PRAGMA secure_delete = ON`
    return
  }
  const deadline = performance.now() + waitMs
  for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS.longest)) {
    const [row] = await tx.$queryRaw<{ locked: boolean }[]>`SELECT pg_try_advisory_xact_lock(${ADVISORY_KEY}) AS locked`
    if (row?.locked === true) return
    if (performance.now() >= deadline) throw new Failure('locked', `another apply held the lock for ${waitMs} ms`)
    await sleep(pauseMs)
  }
}
