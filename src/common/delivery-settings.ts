import type { DeliverySettings } from './model.ts'
import type { Abonnement } from './snapshot.ts'

/** `settings.delivery` with what an abonnement says differently, complete. */
export function deliverySettingsOf(
  settings: DeliverySettings,
  abonnement: Pick<Abonnement, 'delivery'> | undefined,
): Required<DeliverySettings> {
  const { retry, ...rest } = abonnement?.delivery ?? {}
  return { ordering: 'none', blockAfterMs: 0, ...settings, ...rest, retry: { ...settings.retry, ...retry } }
}
