import type { Position } from '../../src/common/diagnostics.ts'
import type { Environment } from '../../src/common/environment.ts'
import type {
  AbonnementSpec,
  ClientCredentialSpec,
  ExternalCredentialSpec,
  KanaalSpec,
  Settings,
} from '../../src/common/model.ts'
import { Secret } from '../../src/common/secret.ts'
import type { DesiredObject, DesiredSecret, DesiredState } from '../../src/config/desired-state.ts'
import type { Wanted } from '../../src/reconcile/planner.ts'
import { testMasterKey } from './seed.ts'

// Desired states made by hand: what config/ makes of a document, without a document.

export const NOW = Date.UTC(2026, 10, 23, 9, 0, 0)

/** A place in the file that tests pretend to have. */
export function at(line: number): Position {
  return { file: 'bode.yaml', line, column: 3, length: 1 }
}

const place = (line: number) => ({ protected: false, position: at(line), fields: new Map<string, Position>() })

export function kanaal(naam: string, spec: Partial<KanaalSpec> = {}, line = 10): DesiredObject {
  const complete = { documentatieLink: `https://example.nl/${naam}`, filters: [], ...spec }
  return { kind: 'kanalen', key: naam, spec: complete, secrets: [], ...place(line) }
}

export function abonnement(
  key: string,
  spec: Partial<AbonnementSpec> = {},
  more: { uuid?: string; secrets?: DesiredSecret[]; line?: number } = {},
): DesiredObject {
  const complete: AbonnementSpec = {
    callbackUrl: `https://${key}.example.nl/notificaties`,
    auth: { type: more.secrets === undefined ? 'no_auth' : 'api_key' },
    kanalen: [{ naam: 'zaken', filters: {}, acties: [], resources: [] }],
    cloudEvents: { send: false, filters: [] },
    delivery: {},
    ...spec,
  }
  const uuid = more.uuid === undefined ? {} : { uuid: more.uuid }
  return { kind: 'abonnementen', key, spec: complete, secrets: more.secrets ?? [], ...uuid, ...place(more.line ?? 20) }
}

export function clientCredential(
  key: string,
  secrets: DesiredSecret[],
  spec: Partial<ClientCredentialSpec> = {},
): DesiredObject {
  const complete: ClientCredentialSpec = { authorizedBy: 'autorisaties', scopes: [], ...spec }
  return { kind: 'clientCredentials', key, spec: complete, secrets, ...place(30) }
}

export function externalCredential(key: string, secrets: DesiredSecret[]): DesiredObject {
  const spec: ExternalCredentialSpec = {
    apiRoot: `https://${key}.example.nl/api/v1/`,
    label: key,
    clientId: key,
    userId: key,
    userRepresentation: key,
  }
  return { kind: 'externalCredentials', key, spec, secrets, ...place(40) }
}

export function autorisaties(apiRoot: string): DesiredObject {
  const spec = { apiRoot, component: 'nrc', credential: null, cacheForMs: 300_000, staleForMs: 3_600_000 } as const
  return { kind: 'autorisaties', key: 'default', spec, secrets: [], ...place(50) }
}

export function egress(spec: Settings['egress']): DesiredObject {
  return { kind: 'settings', key: 'egress', spec, secrets: [], ...place(60) }
}

export function publicUrl(spec: string): DesiredObject {
  return { kind: 'settings', key: 'publicUrl', spec, secrets: [], ...place(61) }
}

export function envSecret(variable: string, more: Partial<DesiredSecret> = {}): DesiredSecret {
  return {
    field: 'secret',
    slot: 'current',
    reference: { env: variable },
    expiresAt: null,
    position: at(31),
    ...more,
  }
}

/** The state of one document; every section is present unless `more` says otherwise. */
export function desired(
  owner: string,
  objects: DesiredObject[],
  more: Partial<Omit<DesiredState, 'owner' | 'objects'>> = {},
): DesiredState {
  return {
    owner,
    environment: undefined,
    objects,
    declared: new Set(['autorisaties', 'externalCredentials', 'clientCredentials', 'kanalen', 'abonnementen']),
    declaredSettings: new Set(['egress', 'publicUrl']),
    moved: [],
    sequence: undefined,
    rules: {},
    reconcile: { prune: 'owned', limits: { maxDeletes: 1_000, maxDeletePercent: 100 } },
    ...more,
  }
}

/** What planning takes; a secret that `environment` does not give has its variable's name as value. */
export function wanted(states: DesiredState[], environment: Environment = {}, more: Partial<Wanted> = {}): Wanted {
  const secrets = new Map<DesiredSecret, Secret>()
  for (const secret of states.flatMap(({ objects }) => objects.flatMap((object) => object.secrets))) {
    const variable = 'env' in secret.reference ? secret.reference.env : ''
    secrets.set(secret, new Secret(environment[variable] ?? variable))
  }
  return {
    states,
    secrets,
    masterKey: testMasterKey,
    allowance: { deletes: undefined, empty: true },
    now: NOW,
    ...more,
  }
}
