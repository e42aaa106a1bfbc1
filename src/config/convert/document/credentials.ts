import { isUnknown } from '../converted.ts'
import { note, type Making } from './context.ts'

/** Who may call. */
export function makeClientCredentials(making: Making): void {
  const { facts, converted, secrets } = making
  for (const { clientId, secret, scopes, origin } of facts.credentials) {
    if (isUnknown(secret)) {
      making.findings.warn(origin.position, {
        id: 'empty-secret',
        message: `${origin.shown} is left out: it has no secret, so Open Notificaties refused every token of it`,
      })
      continue
    }
    const comments: string[] = []
    if (scopes !== undefined) {
      note(making, comments, origin, {
        id: 'local-scopes',
        message: `${origin.shown} has the scopes that Open Notificaties itself kept, for there is no Autorisaties API`,
        help: ['check them'],
      })
    }
    converted.objects.push({
      kind: 'clientCredentials',
      key: clientId,
      value: {
        secret: secrets.mark(secret, clientId, 'secret'),
        ...(scopes === undefined ? {} : { authorizedBy: 'configuration', scopes }),
      },
      comments,
      origin,
    })
  }
}
