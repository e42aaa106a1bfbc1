import { DEFAULT_SETTINGS, type AuthSpec, type Settings } from '../common/model.ts'
import type { Abonnement, ClientCredential, Snapshot } from '../common/snapshot.ts'
import type { ConfigurationRows } from '../db/load-configuration.ts'
import * as abonnementRecord from '../db/records/abonnement.ts'
import * as autorisatiesRecord from '../db/records/autorisaties.ts'
import * as clientCredentialRecord from '../db/records/client-credential.ts'
import * as externalCredentialRecord from '../db/records/external-credential.ts'
import * as kanaalRecord from '../db/records/kanaal.ts'
import type { OpenSecrets } from './open-secrets.ts'

/**
 * Makes the server's view of the database: its secrets, JSON read, defaults filled in. Pure. Throws an Error
 * for an object that lacks its secret.
 */
export function buildSnapshot(rows: ConfigurationRows, secrets: OpenSecrets): Snapshot {
  const [autorisaties] = rows.autorisaties
  return {
    generation: rows.generation,
    epoch: rows.epoch,
    settings: settingsOf(rows),
    ...alertsAuthorizationOf(rows, secrets),
    autorisaties: autorisaties && autorisatiesRecord.fromRow(autorisaties),
    externalCredentials: rows.externalCredentials.map((row) => ({
      ...externalCredentialRecord.fromRow(row),
      name: row.name,
      secret: secrets.current(row.id, 'secret', row.name),
    })),
    clientCredentials: new Map(
      rows.clientCredentials.map((row): [string, ClientCredential] => [
        row.clientId,
        {
          ...clientCredentialRecord.fromRow(row),
          id: row.id,
          clientId: row.clientId,
          secrets: secrets.all(row.id, 'secret'),
        },
      ]),
    ),
    kanalen: new Map(
      rows.kanalen.map((row) => [
        row.naam,
        { ...kanaalRecord.fromRow(row), id: row.id, owner: row.owner, naam: row.naam },
      ]),
    ),
    abonnementen: new Map(rows.abonnementen.map((row) => [row.id, abonnementOf(row, secrets)])),
  }
}

/** What a server knows before the first apply: nobody may call, nothing is routed. */
export const EMPTY_SNAPSHOT: Snapshot = {
  generation: 0,
  epoch: 0,
  settings: DEFAULT_SETTINGS,
  autorisaties: undefined,
  externalCredentials: [],
  clientCredentials: new Map(),
  kanalen: new Map(),
  abonnementen: new Map(),
}

function settingsOf({ settings }: ConfigurationRows): Settings {
  const declared = settings.map(({ section, value }): [string, unknown] => [section, JSON.parse(value)])
  return { ...DEFAULT_SETTINGS, ...(Object.fromEntries(declared) as Partial<Settings>) }
}

function alertsAuthorizationOf({ settings }: ConfigurationRows, secrets: OpenSecrets): Partial<Snapshot> {
  const id = settings.find(({ section }) => section === 'alerts')?.id
  const [secret] = id === undefined ? [] : secrets.all(id, 'authorization')
  return secret === undefined ? {} : { alertsAuthorization: secret.value }
}

function abonnementOf(row: ConfigurationRows['abonnementen'][number], secrets: OpenSecrets): Abonnement {
  const spec = abonnementRecord.fromRow(row)
  const field = SECRET_FIELD[spec.auth.type]
  return {
    ...spec,
    id: row.id,
    name: row.name,
    owner: row.owner,
    authSecret: field === undefined ? undefined : secrets.current(row.id, field, row.name),
  }
}

const SECRET_FIELD: Record<AuthSpec['type'], string | undefined> = {
  no_auth: undefined,
  api_key: 'auth.value',
  zgw: 'auth.secret',
  oauth2_client_credentials: 'auth.secret',
}
