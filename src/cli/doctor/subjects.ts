import { DEFAULT_SETTINGS, TLS_PARTS, type Settings, type SettingsSection } from '../../common/model.ts'
import type { Secret } from '../../common/secret.ts'
import type { TlsMaterial } from '../../common/snapshot.ts'
import type { Kind, SecretField } from '../../config/desired-state.ts'
import type { TlsIdentity } from '../../egress/secure-context.ts'
import type { SpecOf } from '../../reconcile/kind.ts'

/** What there is to examine, of a document or of the database: the same checks work on both. */
export type Subjects = {
  from: 'document' | 'database'
  settings: Settings
  /** Who is trusted besides whom this machine trusts. */
  egressCa: Secret | undefined
  autorisaties: Subject<'autorisaties'> | undefined
  externalCredentials: Subject<'externalCredentials'>[]
  clientCredentials: Subject<'clientCredentials'>[]
  abonnementen: Subject<'abonnementen'>[]
  /** Where a section of settings is changed. */
  placeOf: (section: SettingsSection) => string
}

export type Subject<K extends Kind> = {
  kind: K
  key: string
  /** `clientCredentials.open-zaak`; `abonnement <uuid>` for what was made through the API. */
  address: string
  owner: string
  spec: SpecOf<K>
  secrets: SubjectSecret[]
  /** Where it, or a field of it, is changed: `bode.yaml:31`, or whose document it is. */
  place: (field?: string) => string
}

export type SubjectSecret = {
  field: string
  slot: string
  /** Epoch ms; null: no end. */
  expiresAt: number | null
  lastUsedAt: number | null
  /** Undefined when it cannot be resolved, which the check of secrets reports. */
  value: Secret | undefined
}

/** A subject of any kind, before it is sorted. */
export type AnySubject = { [K in Kind]: Subject<K> }[Kind]

/** Sorts subjects by kind. `otherwise` says where a section is changed that nobody declares. */
export function subjectsOf(
  from: Subjects['from'],
  subjects: readonly AnySubject[],
  otherwise: (section: SettingsSection) => string,
): Subjects {
  const declared = ofKind(subjects, 'settings')
  return {
    from,
    settings: { ...DEFAULT_SETTINGS, ...(Object.fromEntries(declared.map(({ key, spec }) => [key, spec])) as object) },
    autorisaties: ofKind(subjects, 'autorisaties')[0],
    externalCredentials: ofKind(subjects, 'externalCredentials'),
    clientCredentials: ofKind(subjects, 'clientCredentials'),
    abonnementen: ofKind(subjects, 'abonnementen'),
    egressCa: valueAt(declared.find(({ key }) => key === 'egress')?.secrets ?? [], 'ca'),
    placeOf: (section) => declared.find(({ key }) => key === section)?.place() ?? otherwise(section),
  }
}

/** The value of the current secret that a subject proves itself with, if it has one. */
export function currentSecret({ secrets }: Pick<AnySubject, 'secrets'>): Secret | undefined {
  return secrets.find(({ slot, field }) => slot === 'current' && CREDENTIALS.has(field))?.value
}
const CREDENTIALS: ReadonlySet<string> = new Set<SecretField>(['secret', 'auth.value', 'auth.secret'])

/** Whose certificates a subject is called with; undefined when it has none of its own. */
export function identityOf({ address, secrets }: Pick<AnySubject, 'address' | 'secrets'>): TlsIdentity | undefined {
  const parts = TLS_PARTS.map((part) => [part, valueAt(secrets, `tls.${part}`)] as const)
  const there = parts.filter(([, value]) => value !== undefined)
  return there.length === 0 ? undefined : { ...(Object.fromEntries(there) as TlsMaterial), name: address }
}

function valueAt(secrets: readonly SubjectSecret[], field: SecretField): Secret | undefined {
  return secrets.find((secret) => secret.field === field)?.value
}

function ofKind<K extends Kind>(subjects: readonly AnySubject[], kind: K): Subject<K>[] {
  return subjects.filter((subject) => subject.kind === kind) as unknown as Subject<K>[]
}
