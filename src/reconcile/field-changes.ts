import { canonicalJson } from '../common/canonical-json.ts'
import type { Position } from '../common/diagnostics.ts'
import { formatDuration } from '../common/duration.ts'
import type { DesiredObject } from '../config/desired-state.ts'
import { shownFingerprint } from '../secrets/fingerprint.ts'
import { showReference } from '../secrets/references.ts'
import { contentHash, secretKey, type Content } from './content-hash.ts'
import type { LiveSecret, StoredSecret } from './kind.ts'
import type { Origin, PlainFieldChange, SecretFieldChange, ShownSecret } from './plan.ts'

/** One field that differs, spelled as in a document. Absent `before`: added; absent `after`: removed. */
export type FieldDifference = {
  /** Dotted path inside the object, indexes included; empty when the object is a single value. */
  path: string
  before?: unknown
  after?: unknown
}

/** The plain fields in which two objects differ; undefined stands for one that is not there. */
export function plainChanges(
  before: Pick<Content, 'spec' | 'protected'> | undefined,
  after: Pick<Content, 'spec' | 'protected'> | undefined,
  originOf: (path: string) => Origin | null,
): PlainFieldChange[] {
  const [was, is] = [before?.protected ?? false, after?.protected ?? false]
  const marked: FieldDifference[] = was === is ? [] : [{ path: 'protected', before: was, after: is }]
  return [...differences(before?.spec, after?.spec), ...marked].map((difference) => ({
    ...difference,
    origin: originOf(difference.path),
  }))
}

/** The secrets in which two objects differ, by fingerprint, reference and end. */
export function secretChanges<S extends LiveSecret>(
  before: readonly (LiveSecret | StoredSecret)[],
  after: readonly S[],
  originOf: (after: S | undefined) => Origin | null,
): SecretFieldChange[] {
  const old = new Map(before.map((secret) => [secretKey(secret), secret]))
  const now = new Map(after.map((secret) => [secretKey(secret), secret]))
  const keys = [...new Set([...old.keys(), ...now.keys()])].toSorted()
  return keys.flatMap((key) => {
    const [was, is] = [old.get(key), now.get(key)]
    const named = is ?? was
    if (named === undefined || (was && is && sameSecret(was, is))) return []
    return {
      path: secretPath(named),
      sensitive: true,
      ...(was === undefined ? {} : { before: shownSecret(was) }),
      ...(is === undefined ? {} : { after: shownSecret(is) }),
      origin: originOf(is),
    }
  })
}

type Members = Readonly<Record<string, unknown>>

/**
 * Compares two specs, field by field; `undefined` stands for an object that is not there. Lists are
 * compared member by member when they are equally long lists of objects, else as a whole.
 */
export function differences(before: unknown, after: unknown, path: readonly string[] = []): FieldDifference[] {
  if (canonicalJson(before) === canonicalJson(after)) return []
  const pair = asMembers(before, after)
  if (pair === undefined) return [leaf(path, before, after)]
  const names = [...new Set([...Object.keys(pair.before), ...Object.keys(pair.after)])]
  return names.flatMap((name) => differences(pair.before[name], pair.after[name], [...path, name]))
}

/** Where `path` of `object` stands in the document, or else the nearest thing around it that has a place. */
export function positionOf(object: DesiredObject, path: string): Position {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), 0))) {
    const position = object.fields.get(at)
    if (position !== undefined) return position
  }
  return object.position
}

/** True when one of two paths lies inside the other. */
export function overlap(a: string, b: string): boolean {
  return `${a}.`.startsWith(`${b}.`) || `${b}.`.startsWith(`${a}.`)
}

export function originOf({ file, line, column }: Position): Origin {
  return { file, line, column }
}

function sameSecret(a: LiveSecret, b: LiveSecret): boolean {
  const hash = (secret: LiveSecret): string => contentHash({ spec: null, protected: false, secrets: [secret] })
  return hash(a) === hash(b)
}

/** A previous secret stands beside the current one: `secret`, `previousSecret`. */
export function secretPath({ field, slot }: Pick<LiveSecret, 'field' | 'slot'>): string {
  return slot === 'current'
    ? field
    : field.replace(/\w+$/, (name) => `previous${name[0]?.toUpperCase()}${name.slice(1)}`)
}

/** A secret as a plan shows it. */
export function shownSecret(secret: LiveSecret | StoredSecret): ShownSecret {
  const { fingerprint, reference, expiresAt } = secret
  const lastUsedAt = 'lastUsedAt' in secret ? secret.lastUsedAt : null
  return {
    fingerprint: shownFingerprint(fingerprint),
    reference: reference === null ? null : showReference(reference),
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    ...(lastUsedAt === null ? {} : { lastUsedAt: new Date(lastUsedAt).toISOString() }),
  }
}

function asMembers(before: unknown, after: unknown): { before: Members; after: Members } | undefined {
  if (isMembers(before) && isMembers(after)) return { before, after }
  if (isMembers(before) && after === undefined) return { before, after: {} }
  if (before === undefined && isMembers(after)) return { before: {}, after }
  if (!isListOfMembers(before) || !isListOfMembers(after) || before.length !== after.length) return undefined
  return { before: Object.fromEntries(before.entries()), after: Object.fromEntries(after.entries()) }
}

function isListOfMembers(value: unknown): value is Members[] {
  return Array.isArray(value) && value.every((member) => isMembers(member))
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Specs count milliseconds in fields that end in `Ms`; a document writes `timeout: 10s`. */
function leaf(path: readonly string[], before: unknown, after: unknown): FieldDifference {
  const name = spelled(path.join('.'))
  const isDuration = name.endsWith('Ms') && [before, after].some((value) => typeof value === 'number')
  const shown = (value: unknown): unknown => (isDuration && typeof value === 'number' ? formatDuration(value) : value)
  return {
    path: isDuration ? name.slice(0, -'Ms'.length) : name,
    ...(before === undefined ? {} : { before: shown(before) }),
    ...(after === undefined ? {} : { after: shown(after) }),
  }
}

/** As the document spells it: an abonnement's client stands in two places there. */
function spelled(path: string): string {
  if (path === 'signed') return 'signing'
  if (path === 'cloudEventsSource') return 'cloudEvents.source'
  return path.replace(/^client\.clientId$/, 'owner.clientId').replace(/^client\.may\b/, 'clientMay')
}
