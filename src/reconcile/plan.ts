import type { Kind } from '../config/desired-state.ts'

/**
 * What an apply would do, as plain data: `bode plan --format json` prints it, the history keeps it. It
 * holds no secret and no ciphertext, so it may be attached to a merge request. Members may be added
 * under the same `format`; none is removed or changes its meaning.
 */
export type Plan = {
  format: 'bode.plan/1'
  /** Version of the program that made it. */
  tool: string
  /** The configurations that were planned together, by owner. */
  documents: PlannedDocument[]
  summary: {
    create: number
    update: number
    delete: number
    unchanged: number
    /** Objects that were changed outside, and what apply does with that. */
    drift: { putBack: number; kept: number }
  }
  /** Parents first; within a kind by key. */
  changes: Change[]
  /**
   * What was changed outside these documents since it was last applied, in the order of `changes`. What
   * apply puts back stands in `changes` too.
   */
  drift: Drift[]
  /** Objects of these documents that are left alone, because their section is absent or pruning is off. */
  notDeclared: Counts
  /** Objects of everybody else. */
  notOurs: Counts
  /** Why `apply` will not do this; empty when it will. */
  refusals: string[]
  /**
   * SHA-256 over the base, the changes and the refusals in canonical JSON. Two plans with the same
   * digest do the same to the same. Positions in files, counts of queued deliveries, the use of secrets
   * and drift that is kept are left out: a comment that is added, or a delivery that ends, makes no
   * other plan.
   */
  sha256: string
}

export type PlannedDocument = {
  owner: string
  environment: string | null
  /** The owner's last generation, which the changes are based on; 0 and null: it never applied. */
  base: { generation: number; digest: string | null }
  /** Digest of all the owner's objects once this is applied. */
  digest: string
}

export type Counts = Partial<Record<Kind, number>>

export type Change = {
  action: 'create' | 'update' | 'delete'
  /** `clientCredentials.open-zaak`; a setting has only its section: `egress`. */
  address: string
  kind: Kind
  key: string
  id: string
  owner: string
  /** Where the object is declared; null for a delete. */
  origin: Origin | null
  fields: FieldChange[]
  /** What else happens, in words. */
  consequences: string[]
}

export type Drift = {
  address: string
  kind: Kind
  key: string
  id: string
  owner: string
  /** `before` is what was last applied, `after` what is live; none when the object is gone. */
  fields: FieldChange[]
  /**
   * Who wrote it last (`client:zac` for a write through the API); null when nobody knows: it is gone, or was
   * changed in the database itself.
   */
  changedBy: string | null
  /** ISO 8601. */
  changedAt: string | null
  /** True when the object is not there any more. */
  gone: boolean
  /** True when apply leaves it as it is: its client may do that, or the document does not mention the object. */
  kept: boolean
}

export type Origin = { file: string; line: number; column: number }

export type FieldChange = PlainFieldChange | SecretFieldChange

/** Absent `before`: the field is added. Absent `after`: it is removed. */
export type PlainFieldChange = {
  /** Dotted path inside the object; empty when the object is a single value. */
  path: string
  before?: unknown
  after?: unknown
  origin: Origin | null
  /** True when the document did not change here: it puts back what was changed outside. */
  drift?: true
}

export type SecretFieldChange = {
  /** As in the document: `secret`, `previousSecret`, `auth.value`. */
  path: string
  sensitive: true
  before?: ShownSecret
  after?: ShownSecret
  origin: Origin | null
  drift?: true
}

export type ShownSecret = {
  /** The first 8 hex digits of the fingerprint; `unknown` in a plan that was made without the secrets. */
  fingerprint: string
  /** `env:X`, `file:/run/x`, `literal`; null when the value came through the API. */
  reference: string | null
  /** ISO 8601; null: no end. */
  expiresAt: string | null
  /** ISO 8601: when a caller last proved to know the value that is stored. */
  lastUsedAt?: string
}

/** True when an apply of `plan` would write something. */
export function hasChanges(plan: Plan): boolean {
  return plan.changes.length > 0
}
