/** Of the time that passes, reads take at most one part in so many; but no value gets older than this. */
const SHARE = 100
const MAX_AGE_MS = 60_000

export type CachedOptions = {
  /** A value younger than this is not read again. */
  minAgeMs: number
  /** How long a caller waits for a read. */
  patienceMs: number
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number
}

/**
 * Reads at most now and then, however often it is asked: not within `minAgeMs`, and the longer a read takes the
 * less often. Undefined when the read failed, or is still under way after `patienceMs`: an old value would look
 * like a new one. The next caller finds what came of it. Never rejects.
 */
export function cached<T>(read: () => Promise<T>, options: CachedOptions): () => Promise<T | undefined> {
  const { minAgeMs, patienceMs, now = () => performance.now() } = options
  let value: T | undefined
  let validUntil = -Infinity
  let reading: Promise<void> | undefined

  async function refresh(): Promise<void> {
    const begunAt = now()
    let restMs = minAgeMs
    try {
      value = await read()
      restMs = Math.max(minAgeMs, Math.min((now() - begunAt) * SHARE, MAX_AGE_MS))
    } catch {
      value = undefined
    }
    validUntil = now() + restMs
    reading = undefined
  }

  return async () => {
    if (now() < validUntil) return value
    reading ??= refresh()
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, patienceMs, 'late')
    })
    const first = await Promise.race([reading, patience])
    clearTimeout(timer)
    return first === 'late' ? undefined : value
  }
}
