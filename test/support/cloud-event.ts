/** The members of a right CloudEvent; one that is undefined in `changes` is left out. */
export function eventBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const body = {
    id: '7f6d1f2a-0a2c-4f0e-9a0b-000000000001',
    source: 'urn:nld:oin:00000001823288444000:systeem:openzaak',
    specversion: '1.0',
    type: 'nl.overheid.zaken.zaak.created',
    subject: 'fd5d7e2c',
    time: '2024-01-01T10:00:00Z',
    data: { zaaktype: 'A' },
    ...changes,
  }
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}

export const STRUCTURED = { 'content-type': 'application/cloudevents+json' }

/** What an abonnement needs to get every posted CloudEvent of the publishers in these tests. */
export const EVERY_EVENT = { send: true, filters: [{ typeSubstring: 'nl.overheid', filters: {} }] }
