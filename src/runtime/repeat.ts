import { setTimeout as sleep } from 'node:timers/promises'

/** Calls `work` every `everyMs` after its last end, until aborted. Keeps no process alive. */
export async function repeat(everyMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {})
    if (!signal.aborted) await work()
  }
}
