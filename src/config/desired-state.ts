import type { Position } from '../common/diagnostics.ts'
import type {
  AbonnementSpec,
  AutorisatiesSpec,
  ClientCredentialSpec,
  ExternalCredentialSpec,
  KanaalSpec,
  Settings,
  SettingsSection,
  TlsPart,
} from '../common/model.ts'
import type { SecretReference, StoredReference } from '../secrets/references.ts'
import type { RuleLevels } from './schema/rule-levels.ts'

/** The kinds of object that a document declares, in the order in which a person reads them. */
export const KINDS = [
  'autorisaties',
  'externalCredentials',
  'clientCredentials',
  'kanalen',
  'abonnementen',
  'settings',
] as const
export type Kind = (typeof KINDS)[number]

/** What all configuration files of one `metadata.name` together ask for. */
export type DesiredState = {
  /** `metadata.name`: the owner of every object below. */
  owner: string
  environment: string | undefined
  /** In the order of KINDS, then by key: the order of files and of keys in them makes no difference. */
  objects: DesiredObject[]
  /** Kinds whose section is present, be it empty; only these are pruned. */
  declared: ReadonlySet<Kind>
  /** Settings are declared per section; a section is an object of kind `settings`. */
  declaredSettings: ReadonlySet<SettingsSection>
  /** Objects that have another key than before, and are the same. */
  moved: Moved[]
  /** `metadata.sequence`: the author's own number, for `serve --apply` alone. */
  sequence: number | undefined
  reconcile: Reconcile
  /** What the author makes of findings, by id of the rule. */
  rules: RuleLevels
}

/** A rename: what `to` declares is the object that was called `from`. */
export type Moved = { kind: Kind; from: string; to: string; position: Position }

/** How far an apply of this document may go in deleting. */
export type Reconcile = {
  prune: 'owned' | 'none'
  limits: { maxDeletes: number; maxDeletePercent: number }
}

/** One declared object. The spec is complete: what the document left out has its default. */
export type DesiredObject = Subject & {
  /** Natural key: the name in the map, the naam of a kanaal, a client id, a section of settings. */
  key: string
  /** True: an apply refuses to delete the object; the mark has to go first. */
  protected: boolean
  /** Secrets that the object needs, by reference; at most two per field. */
  secrets: DesiredSecret[]
  /** Where the object's key stands. */
  position: Position
  /**
   * Where each of its fields stands, by dotted path inside the object and as the document spells it:
   * `auth.clientId`, `kanalen.0.naam`, `delivery.timeout` (in the spec `delivery.timeoutMs`).
   */
  fields: ReadonlyMap<string, Position>
}

type Subject =
  | { kind: 'autorisaties'; spec: AutorisatiesSpec }
  | { kind: 'externalCredentials'; spec: ExternalCredentialSpec }
  | { kind: 'clientCredentials'; spec: ClientCredentialSpec }
  | { kind: 'kanalen'; spec: KanaalSpec }
  /** `uuid` is the abonnement's own, when the document gives one. */
  | { kind: 'abonnementen'; spec: AbonnementSpec; uuid?: string }
  | SettingSubject

/** Distributes over the sections, so that the key decides the type of the spec. */
type SettingSubject = { [S in SettingsSection]: { kind: 'settings'; key: S; spec: Settings[S] } }[SettingsSection]

/** Where in its object a secret stands, as the document spells it; certificates travel as secrets do. */
export type SecretField =
  | 'secret'
  | 'auth.value'
  | 'auth.secret'
  | `tls.${TlsPart}`
  | 'signing.secret'
  | 'ca'
  | 'authorization'

/** A secret that an object needs: where it goes and where it comes from, never its value. */
export type DesiredSecret = {
  field: SecretField
  slot: 'current' | 'previous'
  reference: SecretReference
  /** Epoch ms after which the slot is no longer valid; null: no end. */
  expiresAt: number | null
  position: Position
}

/** An object as it lives in the database, to be written as YAML. */
export type RenderObject = Subject & { key: string; protected: boolean; secrets: readonly RenderSecret[] }

/** `reference` is null for a value that came through the API. */
export type RenderSecret = Pick<DesiredSecret, 'field' | 'slot' | 'expiresAt'> & { reference: StoredReference | null }
