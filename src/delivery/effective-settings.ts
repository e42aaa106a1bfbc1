import type { Settings } from '../common/model.ts'
import type { Abonnement } from '../common/snapshot.ts'

/** `settings.delivery` with what an abonnement says differently. */
export function deliverySettingsOf(
  settings: Settings['delivery'],
  abonnement: Pick<Abonnement, 'delivery'> | undefined,
): Settings['delivery'] {
  if (abonnement === undefined) return settings
  const { retry, ...rest } = abonnement.delivery
  return { ...settings, ...rest, retry: { ...settings.retry, ...retry } }
}
