import { messageOf } from '../common/failure.ts'
import type { Database } from '../db/open.ts'
import type { Logger } from '../observability/logger.ts'
import { refreshSecrets, type RefreshOptions } from '../reconcile/commit-refresh.ts'
import { coalesce } from '../runtime/coalesce.ts'
import { repeat } from '../runtime/repeat.ts'

export type SecretRefresher = {
  /** Reads the files again now; never throws. */
  refresh(): Promise<void>
  stop(): Promise<void>
}

export type SecretRefresherOptions = RefreshOptions & {
  database: Database
  logger: Logger
  everyMs: number
}

/**
 * Re-reads mounted secret files every `everyMs` and when asked, so that a rotation by whoever mounts
 * them lands without a pipeline. What is wrong with a file is logged once, until it is something else.
 */
export function startSecretRefresher(options: SecretRefresherOptions): SecretRefresher {
  const { database, logger, everyMs } = options
  const stopping = new AbortController()
  let reported: ReadonlyMap<string, string> = new Map()

  const refresh = coalesce(async () => {
    try {
      const { generation, addresses, problems } = await refreshSecrets(database, options)
      for (const [reference, reason] of problems) {
        if (reported.get(reference) === reason) continue
        logger.warn({ reference, reason }, 'a secret could not be read again; the old value stays in use')
      }
      reported = problems
      if (generation !== undefined) logger.info({ generation, objects: addresses }, 'secrets were read again')
    } catch (error) {
      logger.warn({ reason: messageOf(error) }, 'the secrets could not be read again; the old values stay in use')
    }
  })

  const loop = repeat(everyMs, stopping.signal, refresh)
  return {
    refresh,
    stop: async () => {
      stopping.abort()
      await loop
    },
  }
}
