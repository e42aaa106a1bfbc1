import { DEFAULT_SETTINGS, type AuthSpec, type Settings, type TlsPart } from '../common/model.ts'
import type { Secret } from '../common/secret.ts'
import type { Abonnement, ActiveSecret, ClientCredential, Snapshot, TlsMaterial } from '../common/snapshot.ts'
import type { ConfigurationRows } from '../db/load-configuration.ts'
import * as abonnementRecord from '../db/records/abonnement.ts'
import * as autorisatiesRecord from '../db/records/autorisaties.ts'
import * as clientCredentialRecord from '../db/records/client-credential.ts'
import * as externalCredentialRecord from '../db/records/external-credential.ts'
import * as kanaalRecord from '../db/records/kanaal.ts'
import * as settingRecord from '../db/records/setting.ts'
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
    ...egressCaOf(rows, secrets),
    ...alertsAuthorizationOf(rows, secrets),
    autorisaties: autorisaties && autorisatiesRecord.fromRow(autorisaties),
    externalCredentials: rows.externalCredentials.map((row) => {
      const spec = externalCredentialRecord.fromRow(row)
      const secret = secrets.current(row.id, 'secret', row.name)
      return { ...spec, name: row.name, secret, ...tlsOf(row, spec.tls, secrets) }
    }),
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
  const row = settings.find(({ section }) => section === 'alerts')
  if (row === undefined || settingRecord.fromRow({ ...row, section: 'alerts' as const }).authorization !== true) {
    return {}
  }
  return { alertsAuthorization: secrets.current(row.id, 'authorization', 'alerts') }
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
    ...tlsOf(row, spec.tls, secrets),
    ...signingOf(row, spec, secrets),
    createdAt: Number(row.createdAt),
    changedAt: Number(row.updatedAt),
  }
}

function tlsOf(
  { id, name }: { id: string; name: string },
  parts: readonly TlsPart[] | undefined,
  secrets: OpenSecrets,
): { tlsMaterial?: TlsMaterial } {
  if (parts === undefined) return {}
  return { tlsMaterial: Object.fromEntries(parts.map((part) => [part, secrets.current(id, `tls.${part}`, name)])) }
}

/** Throws an Error when the current one is missing: what has to be signed does not go out unsigned. */
function signingOf(
  { id, name }: { id: string; name: string },
  { signed }: Pick<Abonnement, 'signed'>,
  secrets: OpenSecrets,
): { signingSecrets?: ActiveSecret[] } {
  if (signed !== true) return {}
  const signingSecrets = secrets.all(id, 'signing.secret')
  if (signingSecrets.every(({ slot }) => slot !== 'current')) {
    throw new Error(`${name} has no secret signing.secret in the database`)
  }
  return { signingSecrets }
}

function egressCaOf({ settings }: ConfigurationRows, secrets: OpenSecrets): { egressCa?: Secret } {
  const row = settings.find(({ section }) => section === 'egress')
  if (row === undefined || settingRecord.fromRow({ ...row, section: 'egress' as const }).ca === undefined) return {}
  return { egressCa: secrets.current(row.id, 'ca', 'egress') }
}

const SECRET_FIELD: Record<AuthSpec['type'], string | undefined> = {
  no_auth: undefined,
  api_key: 'auth.value',
  zgw: 'auth.secret',
  oauth2_client_credentials: 'auth.secret',
}
