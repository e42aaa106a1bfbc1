import type { OnCredential } from '../../common/open-notificaties.ts'
import type { ForeignDatabase } from './connect.ts'
import { groupedBy, origin, secret, text, texts } from './values.ts'

const SCOPES = ['notificaties.consumeren', 'notificaties.publiceren']

/**
 * Who may call. `withScopes`: also what Open Notificaties knows of them itself, for when there is no
 * Autorisaties API to ask.
 */
export async function readCredentials(
  database: ForeignDatabase,
  { withScopes }: { withScopes: boolean },
): Promise<OnCredential[]> {
  const scopes = withScopes ? await readScopes(database) : new Map<string, Set<string>>()
  return (await database.rows('vng_api_common_jwtsecret')).map((row) => {
    const clientId = text(row, 'identifier')
    const known = scopes.get(clientId)
    return {
      clientId,
      secret: secret(row, 'secret'),
      ...(known === undefined || known.size === 0 ? {} : { scopes: [...known].toSorted() }),
      origin: origin(`client credential ${JSON.stringify(clientId)}`),
    }
  })
}

async function readScopes(database: ForeignDatabase): Promise<Map<string, Set<string>>> {
  const autorisaties = groupedBy(await database.rows('authorizations_autorisatie'), 'applicatie_id')
  const found = new Map<string, Set<string>>()
  for (const row of await database.rows('authorizations_applicatie')) {
    const own = (autorisaties.get(Number(row['id'])) ?? []).filter(({ component }) => component === 'nrc')
    const all = row['heeft_alle_autorisaties'] === true
    const scopes = all ? SCOPES : own.flatMap((autorisatie) => texts(autorisatie, 'scopes'))
    for (const clientId of texts(row, 'client_ids')) {
      const known = found.get(clientId) ?? new Set()
      for (const scope of scopes) if (SCOPES.includes(scope)) known.add(scope)
      found.set(clientId, known)
    }
  }
  return found
}
