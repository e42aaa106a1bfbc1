import type { Diagnostic } from '../common/diagnostics.ts'
import { Failure } from '../common/failure.ts'
import { version } from '../common/package-root.ts'
import type { Secret } from '../common/secret.ts'
import type { DesiredObject, DesiredSecret, DesiredState } from '../config/desired-state.ts'
import { countQueued } from '../db/configuration/queued-deliveries.ts'
import type { Versions } from '../db/configuration/versions.ts'
import { readMeta } from '../db/meta.ts'
import type { Database } from '../db/open.ts'
import { planningKey } from '../secrets/key-check.ts'
import type { FingerprintKey, MasterKey } from '../secrets/master-key.ts'
import type { StoredReference } from '../secrets/references.ts'
import type { Allowance } from './budget.ts'
import { readCurrentState } from './current-state.ts'
import { declareObject } from './declared-object.ts'
import { diff, type Diff, type OnDrift } from './diff.ts'
import { demandSameEnvironment } from './environment-guard.ts'
import { identify } from './identity.ts'
import { readLastApplied } from './last-applied.ts'
import { count, unknownKanalen, unwantedDrift } from './live-checks.ts'
import { makePlan } from './make-plan.ts'
import type { Plan } from './plan.ts'
import { sharedSecrets } from './shared-secrets.ts'
import { withoutPlaces } from './without-places.ts'

/** What the command line says about how far to go. */
export type Choices = {
  allowance: Allowance
  /** Default: `keep`. */
  onDrift?: OnDrift
  /** Over `settings.prune` of the documents. */
  prune?: 'owned' | 'none' | undefined
  /** Let a document be of another environment than what its owner last applied. */
  switchEnvironment?: boolean
}

/** What is wanted, with everything that planning it needs. */
export type Wanted<K extends FingerprintKey = MasterKey> = Choices & {
  states: readonly DesiredState[]
  /** The value of every secret in `states`; with `deferred` none is needed. */
  secrets: ReadonlyMap<DesiredSecret, Secret>
  /** True: a secret without a value counts as what is stored under the same reference, else as unknown. */
  deferred?: boolean
  /** A fingerprint key is enough to plan. */
  masterKey: K
  /** The moment of planning, epoch ms: what has ended by then counts as gone. */
  now: number
  /** For a return to an earlier state, where objects and references are known that no document can tell. */
  known?: Known
}

/** What is known of desired objects besides what they say. */
export type Known = {
  /** The id that an object has, whatever is live under its name. */
  ids: ReadonlyMap<DesiredObject, string>
  /** What is remembered of where a value came from; null: from the API. */
  references: ReadonlyMap<DesiredSecret, StoredReference | null>
}

/** A plan, with what an apply needs to carry it out. */
export type Planned<K extends FingerprintKey = MasterKey> = {
  plan: Plan
  diff: Diff
  /** What the database was at when the plan was made. */
  versions: Versions
  /** The key of the fingerprints above, with which the database is sealed. */
  key: K
  /** The moment of planning, epoch ms. */
  now: number
  /** Owners of whom no object version is known: their next generation keeps one of every object. */
  unversioned: ReadonlySet<string>
  /** True when the ciphertext of a secret that has ended is still there. */
  hasEndedSecrets: boolean
}

/**
 * Compares what is wanted with the database; writes nothing. Throws Failure `secret` for a wrong
 * master key, `conflict` when an object belongs to somebody else or the document is of another environment, `invalid` when the result could not
 * work; each with a diagnostic per object.
 */
export async function planConfiguration<K extends FingerprintKey>(
  database: Database,
  wanted: Wanted<K>,
): Promise<Planned<K>> {
  const states = withPrune(wanted)
  const key = planningKey(wanted.masterKey, {
    master: await readMeta(database.reader, 'master_key_check'),
    fingerprint: await readMeta(database.reader, 'fingerprint_key_check'),
  })
  const owners = states.map(({ owner }) => owner)
  const current = await readCurrentState(database, owners, wanted.now)
  const { objects: live, bases, versions, hasEndedSecrets } = current
  if (wanted.switchEnvironment !== true) demandSameEnvironment(states, bases)
  const { objects: lastApplied, unversioned } = await readLastApplied(database, current, owners, wanted.now)

  const { objects, diagnostics: conflicts } = identify(states, live, { lastApplied, ids: wanted.known?.ids })
  refuse('conflict', 'in conflict with the database', conflicts)
  const declared = objects.map((object) => declareObject(object, key, wanted))
  const onDrift = wanted.onDrift ?? 'keep'
  const found = diff(states, declared, live, lastApplied, onDrift)
  if (onDrift === 'fail') refuse('conflict', 'changed outside this configuration', unwantedDrift(found, declared))
  refuse('invalid', 'that cannot work on this database', [...unknownKanalen(found), ...sharedSecrets(found, key)])

  const cancelled = found.deleted.flatMap(({ kind, id }) => (kind === 'abonnementen' ? [id] : []))
  const queued = await countQueued(database.reader, database.provider, cancelled)
  const { allowance, now } = wanted
  const made = makePlan(found, { tool: version, states, bases, queued, allowance, now })
  const plan = wanted.known === undefined ? made : withoutPlaces(made)
  return { plan, diff: found, versions, key, now, unversioned, hasEndedSecrets }
}

function withPrune({ states, prune }: Pick<Wanted, 'states' | 'prune'>): readonly DesiredState[] {
  if (prune === undefined) return states
  return states.map((state) => ({ ...state, reconcile: { ...state.reconcile, prune } }))
}

function refuse(kind: 'conflict' | 'invalid', what: string, diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) return
  const objects = new Set(diagnostics.map(({ path, message }) => path ?? message))
  const message = `${count(objects.size, 'object', 'objects')} ${what}; nothing was changed`
  throw new Failure(kind, message, { diagnostics })
}
