import type { AbonnementSpec, ClientMay } from '../common/model.ts'
import { clientOwner } from '../common/snapshot.ts'
import { canonicalJson } from '../common/canonical-json.ts'
import { contentHash } from './content-hash.ts'
import { overlap, plainChanges, secretChanges } from './field-changes.ts'
import type { LiveObject, LiveSecret } from './kind.ts'
import { addressOf } from './kinds.ts'
import type { LastApplied } from './last-applied.ts'
import type { Change, Drift, FieldChange, Origin } from './plan.ts'

/** An object that is not what was last applied. */
export type Drifted = {
  last: LastApplied
  /** Undefined: it is gone. */
  live: LiveObject | undefined
  /** What of the difference the object's own client made within its permission (`clientMay`). */
  permitted: ReadonlySet<ClientMay>
  /** True when the permission covers all of it. */
  allPermitted: boolean
}

/** Compares what is live with what was last applied, by id. Pure. In the order of `last`. */
export function findDrift(
  last: ReadonlyMap<string, LastApplied>,
  live: readonly LiveObject[],
): ReadonlyMap<string, Drifted> {
  const byId = new Map(live.map((object) => [object.id, object]))
  const found = new Map<string, Drifted>()
  for (const applied of last.values()) {
    const now = byId.get(applied.id)
    const mine = now?.owner === applied.owner ? now : undefined
    const same = mine?.key === applied.key && contentHash(mine) === contentHash(applied.content)
    if (!same) found.set(applied.id, drifted(applied, mine))
  }
  return found
}

/** Drift as people and pipelines see it; kept is what the object's client may do. */
export function shownDrift(
  { last, live, allPermitted }: Drifted,
  originOf: (path: string) => Origin | null = () => null,
): Drift {
  const signed = live === undefined || isStillSigned(last, live) ? undefined : live
  return {
    address: addressOf(last),
    kind: last.kind,
    key: last.key,
    id: last.id,
    owner: last.owner,
    fields: live === undefined ? [] : fieldsBetween(last, live, originOf),
    changedBy: signed?.updatedBy ?? null,
    changedAt: signed === undefined ? null : new Date(signed.updatedAt).toISOString(),
    gone: live === undefined,
    kept: allPermitted,
  }
}

/** True when the row says that the apply wrote it last: it was changed past Bode, and not by who applied. */
function isStillSigned({ signature }: LastApplied, { updatedAt, updatedBy }: LiveObject): boolean {
  return signature !== undefined && updatedAt === signature.at && updatedBy === signature.by
}

/** True when `change`, which a plan makes of the object, does not touch what drifted. */
export function isLeft({ fields }: Drift, change: Change | undefined): boolean {
  if (change === undefined) return true
  return (
    change.action === 'update' && !change.fields.some(({ path }) => fields.some((drift) => overlap(path, drift.path)))
  )
}

function fieldsBetween(last: LastApplied, live: LiveObject, originOf: (path: string) => Origin | null): FieldChange[] {
  return [
    ...(last.key === live.key ? [] : [{ path: 'name', before: last.key, after: live.key, origin: originOf('') }]),
    ...plainChanges(last.content, live, originOf),
    ...secretChanges(last.content.secrets, live.secrets, () => originOf('')),
  ]
}

function drifted(last: LastApplied, live: LiveObject | undefined): Drifted {
  const may = mayOf(last, live)
  if (live === undefined) {
    const permitted = new Set<ClientMay>(may.has('delete') ? ['delete'] : [])
    return { last, live, permitted, allPermitted: permitted.size > 0 }
  }
  const changed = partsOf(last, live)
  const permitted = new Set<ClientMay>(
    [...changed].flatMap((part) => (part !== 'other' && may.has(part) ? [part] : [])),
  )
  return { last, live, permitted, allPermitted: permitted.size === changed.size }
}

/** What the object's client may change, when it is the one that changed it. */
function mayOf(last: LastApplied, live: LiveObject | undefined): ReadonlySet<ClientMay> {
  if (last.kind !== 'abonnementen') return new Set()
  const { client } = last.content.spec as AbonnementSpec
  const isTheirs = client !== undefined && (live === undefined || live.updatedBy === clientOwner(client.clientId))
  return new Set(isTheirs ? client.may : [])
}

/** True for a secret of `auth`, which the client of an abonnement may be permitted to change. */
export function isOfAuth({ field }: Pick<LiveSecret, 'field'>): boolean {
  return field.startsWith('auth.')
}

/** Which parts of an object differ; `other` is all that no client may change. */
function partsOf(last: LastApplied, live: LiveObject): Set<'auth' | 'kanalen' | 'other'> {
  const { auth, kanalen, ...rest } = last.content.spec as AbonnementSpec
  const now = live.spec as AbonnementSpec
  const { auth: authNow, kanalen: kanalenNow, ...restNow } = now
  const secrets = ({ secrets: all }: { secrets: LastApplied['content']['secrets'] }, ofAuth: boolean): string =>
    contentHash({ spec: null, protected: false, secrets: all.filter((secret) => isOfAuth(secret) === ofAuth) })
  const secretsDiffer = (ofAuth: boolean): boolean => secrets(last.content, ofAuth) !== secrets(live, ofAuth)
  const parts = new Set<'auth' | 'kanalen' | 'other'>()
  if (canonicalJson(auth) !== canonicalJson(authNow) || secretsDiffer(true)) parts.add('auth')
  if (canonicalJson(kanalen) !== canonicalJson(kanalenNow)) parts.add('kanalen')
  const restDiffers = canonicalJson(rest) !== canonicalJson(restNow) || last.content.protected !== live.protected
  if (restDiffers || secretsDiffer(false) || last.key !== live.key) parts.add('other')
  return parts
}
