import type { Clock } from '../common/clock.ts'
import type { Snapshot } from '../common/snapshot.ts'
import type { Database } from '../db/open.ts'
import type { Egress } from '../egress/egress.ts'
import { errorFacts } from '../observability/error-facts.ts'
import type { Logger } from '../observability/logger.ts'
import { NO_OBSERVER, type Observer } from '../observability/observer.ts'
import { uuidOf } from './applicatie.ts'
import { ApplicatieCache } from './applicatie-cache.ts'
import type { Rights } from './authorize.ts'
import { consultAutorisatiesApi } from './autorisaties-api.ts'

export type Authorizer = {
  /** What a client may do: from the configuration when it says so, else from the Autorisaties API. Never throws. */
  scopesOf(clientId: string): Promise<Rights>
  /**
   * Asks the Autorisaties API again before the next decision: something changed there. Until it answers old
   * answers still serve, but none with an applicatie that is gone. Never throws.
   */
  refresh(change: AutorisatiesChange): Promise<void>
}

/** What a notificatie on kanaal autorisaties says. */
export type AutorisatiesChange = { actie: string; resourceUrl: string }

export type AuthorizerOptions = {
  database: Database
  snapshot: () => Snapshot
  egress: Egress
  clock: Clock
  logger: Logger
  observer?: Observer
}

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { database, snapshot, egress, clock, logger, observer = NO_OBSERVER } = options
  const cache = new ApplicatieCache({
    database,
    clock,
    logger,
    observer,
    consult: async (clientId) => {
      const { autorisaties, externalCredentials: credentials } = snapshot()
      if (autorisaties === undefined) return { failure: 'not-configured', why: 'none is configured' }
      return consultAutorisatiesApi(autorisaties, clientId, { egress, clock, credentials })
    },
    periods: () => snapshot().autorisaties ?? { cacheForMs: 0, staleForMs: 0 },
  })
  let apiRoot = snapshot().autorisaties?.apiRoot

  /** Answers of another Autorisaties API say nothing about this one. */
  async function followApiRoot(): Promise<void> {
    const current = snapshot().autorisaties?.apiRoot
    if (current === apiRoot) return
    apiRoot = current
    await cache.clear()
  }

  return {
    scopesOf: async (clientId) => {
      const credential = snapshot().clientCredentials.get(clientId)
      if (credential?.authorizedBy === 'configuration') {
        return { kind: 'known', heeftAlleAutorisaties: false, scopes: credential.scopes }
      }
      try {
        await followApiRoot()
        return await cache.rightsOf(clientId)
      } catch (error) {
        logger.error(errorFacts(error), 'autorisaties could not be determined')
        return { kind: 'unknown', reason: 'unreachable' }
      }
    },
    refresh: async ({ actie, resourceUrl }) => {
      try {
        const uuid = uuidOf(resourceUrl)
        if (actie.toLowerCase() === 'destroy' && uuid !== null) await cache.remove(uuid)
        await cache.expire()
      } catch (error) {
        logger.error(errorFacts(error), 'remembered autorisaties could not be expired')
      }
    },
  }
}
