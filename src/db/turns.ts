import { setImmediate } from 'node:timers/promises'
import type { Provider } from './target.ts'

/**
 * Between two statements of a long reading: SQLite reads on the event loop, and promises alone never let it go, so
 * that requests and timers would wait until the last of them.
 */
export async function letOthersTurn(provider: Provider): Promise<void> {
  if (provider === 'sqlite') await setImmediate()
}
