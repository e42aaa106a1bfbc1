import type { DeliverySettings, Ordering } from './model.ts'
import type { Abonnement } from './snapshot.ts'

/** `settings.delivery` with what an abonnement says differently, complete. */
export function deliverySettingsOf(
  settings: DeliverySettings,
  abonnement: Pick<Abonnement, 'delivery'> | undefined,
): Required<DeliverySettings> {
  const { retry, ...rest } = abonnement?.delivery ?? {}
  const ordering = orderingOf(settings, abonnement)
  return {
    blockAfterMs: 0,
    keepResponse: false,
    ...settings,
    ...rest,
    ordering,
    retry: { ...settings.retry, ...retry },
  }
}

/** Its `ordering` alone: every accept asks that, once for each abonnement that gets the message. */
export function orderingOf(
  settings: Pick<DeliverySettings, 'ordering'>,
  abonnement: Pick<Abonnement, 'delivery'> | undefined,
): Ordering {
  return abonnement?.delivery.ordering ?? settings.ordering ?? 'none'
}
