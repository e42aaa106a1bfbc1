import { orderingOf } from '../common/delivery-settings.ts'
import { orderingKey } from '../common/ordering-key.ts'
import { createReplayer, type ReplayerOptions } from '../delivery/replayer.ts'
import { storedObject } from '../notificaties/stored-object.ts'
import { repeat } from '../runtime/repeat.ts'

/** Twice as often as a rate is measured: a step takes what half a second allows. */
const STEP_EVERY_MS = 500

/** Carries out the replays that operators ask for, whoever wrote them into the database, until `stop`. */
export function startReplayRunner(options: Omit<ReplayerOptions, 'orderingKeyOf'>): { stop(): Promise<void> } {
  const { snapshot } = options
  const replayer = createReplayer({
    ...options,
    orderingKeyOf: (body, format, abonnementId) => {
      const { settings, abonnementen } = snapshot()
      const ordering = orderingOf(settings.delivery, abonnementen.get(abonnementId))
      return ordering === 'none' ? null : orderingKey(ordering, storedObject(body, format))
    },
  })
  const stopping = new AbortController()
  const loop = repeat(STEP_EVERY_MS, stopping.signal, async () => void (await replayer.step()))
  return {
    stop: async () => {
      stopping.abort()
      await loop
    },
  }
}
