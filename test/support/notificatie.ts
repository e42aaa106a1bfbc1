import type { Notificatie } from '../../src/notificaties/notificatie.ts'

/** A right message body; a member that is undefined in `changes` is left out. */
export function messageBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const body = {
    kanaal: 'zaken',
    hoofdObject: 'http://openzaak:8000/zaken/api/v1/zaken/1',
    resource: 'status',
    resourceUrl: 'http://openzaak:8000/zaken/api/v1/statussen/2',
    actie: 'create',
    aanmaakdatum: '2024-01-01T10:00:00Z',
    kenmerken: { bronorganisatie: '517439943' },
    ...changes,
  }
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}

export function notificatieOf(changes: Partial<Notificatie> = {}): Notificatie {
  return { ...(messageBody() as unknown as Notificatie), ...changes }
}
