import { v5 as uuidv5 } from 'uuid'
import type { Abonnement } from '../common/snapshot.ts'
import { toMilliseconds, toSeconds } from './aanmaakdatum.ts'
import { EVENT_FORMAT, readStoredBody, type StoredNotificatie } from './canonical.ts'
import { CLOUD_EVENT_MEDIA_TYPE } from './cloud-event.ts'

export type SentBody = { contentType: string; body: string }

/**
 * What a subscriber is sent, made from the stored body: a pure function, so every attempt sends the same
 * bytes. Exactly the seven fields of the standard (a receiver exists that refuses an eighth), or a
 * CloudEvent in structured mode for an abonnement that asked for that. What was posted as a CloudEvent
 * stays one, also when the abonnement no longer asks for them. Throws an Error for an unknown format.
 */
export function sentBody(
  body: string,
  format: number,
  { id, cloudEvents }: Pick<Abonnement, 'id' | 'cloudEvents'>,
): SentBody {
  if (format === EVENT_FORMAT) return { contentType: CLOUD_EVENT_MEDIA_TYPE, body }
  const stored = readStoredBody(body, format)
  return cloudEvents.send
    ? { contentType: CLOUD_EVENT_MEDIA_TYPE, body: JSON.stringify(toCloudEvent(stored, id)) }
    : { contentType: 'application/json', body: JSON.stringify(toNotificatie(stored)) }
}

function toNotificatie(stored: StoredNotificatie): Record<string, unknown> {
  return {
    kanaal: stored.kanaal,
    hoofdObject: stored.hoofdObject,
    resource: stored.resource,
    resourceUrl: stored.resourceUrl,
    actie: stored.actie,
    aanmaakdatum: toMilliseconds(stored.aanmaakdatum),
    kenmerken: stored.kenmerken,
  }
}

/** Behaviour reference §5.8. The id differs per subscriber, as there, but is the same on every attempt. */
function toCloudEvent(stored: StoredNotificatie, abonnementId: string): Record<string, unknown> {
  return {
    id: uuidv5(abonnementId, stored.id),
    source: stored.source ?? stored.eventSource,
    specversion: '1.0',
    type: `nl.overheid.${stored.kanaal}.${stored.resource}.${stored.actie}`,
    datacontenttype: 'application/json',
    subject: stored.resourceUrl.slice(stored.resourceUrl.lastIndexOf('/') + 1),
    time: toSeconds(stored.aanmaakdatum),
    data: { ...stored.kenmerken, hoofdObject: stored.hoofdObject },
  }
}
