import type { OnAutorisaties, OnRetry, OnService, OpenNotificaties } from '../../common/open-notificaties.ts'
import type { ForeignDatabase } from './connect.ts'
import { count, origin, reference, text } from './values.ts'

/** AuthorizationsConfig; undefined when it has no service. */
export async function readAutorisaties(
  database: ForeignDatabase,
  services: ReadonlyMap<number, OnService>,
): Promise<OnAutorisaties | undefined> {
  const [row] = await database.rows('authorizations_authorizationsconfig')
  const service = row && services.get(reference(row, 'authorizations_api_service_id') ?? Number.NaN)
  if (row === undefined || service === undefined) return undefined
  return { service: service.slug, component: text(row, 'component'), origin: origin('the Autorisaties API') }
}

/** NotificationsConfig: the retry schedule in seconds. 0 is a value here: it is what Open Notificaties used. */
export async function readRetry(database: ForeignDatabase): Promise<OnRetry | undefined> {
  const [row] = await database.rows('notifications_api_common_notificationsconfig')
  if (row === undefined) return undefined
  return {
    maxRetries: count(row, 'notification_delivery_max_retries'),
    backoff: count(row, 'notification_delivery_retry_backoff'),
    backoffMax: count(row, 'notification_delivery_retry_backoff_max'),
    baseFactor: count(row, 'notification_delivery_base_factor'),
    notes: [],
    origin: origin('the retry schedule'),
  }
}

/** By what Open Notificaties' abonnement on itself is recognised. */
export async function readOwn(
  database: ForeignDatabase,
  services: ReadonlyMap<number, OnService>,
): Promise<OpenNotificaties['own']> {
  const [config] = await database.rows('notifications_api_common_notificationsconfig')
  const self = config && services.get(reference(config, 'notifications_api_service_id') ?? Number.NaN)
  const subscriptions = await database.rows('notifications_api_common_subscription')
  return {
    uuids: subscriptions.flatMap(
      (row) => /([0-9a-f-]{36})\/?$/i.exec(text(row, '_subscription'))?.[1]?.toLowerCase() ?? [],
    ),
    apiRoots: [...new Set([...services.values(), ...(self ? [self] : [])])].flatMap((service) =>
      (service === self || service.apiType === 'nrc') && typeof service.apiRoot === 'string' ? [service.apiRoot] : [],
    ),
    hosts: (await database.rows('django_site')).map((row) => text(row, 'domain').toLowerCase()),
  }
}
