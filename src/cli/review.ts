import { Failure } from '../common/failure.ts'
import type { Database } from '../db/open.ts'
import { planConfiguration, type Planned, type Wanted } from '../reconcile/planner.ts'
import type { Plan, SecretFieldChange } from '../reconcile/plan.ts'
import { fingerprintsOf, type SavedPlan } from './saved-plan.ts'

/**
 * Whether what would be done now is what was reviewed. Throws Failure `conflict` when a secret has
 * another value than then, or the database moved on.
 */
export function demandReviewed(saved: SavedPlan, planned: Planned): void {
  const now = fingerprintsOf(planned.diff)
  const other = Object.entries(now).filter(([place, fingerprint]) => {
    const then = saved.fingerprints[place]
    return then !== undefined && then !== fingerprint
  })
  if (other.length > 0) {
    const names = placesOf(
      planned,
      other.map(([place]) => place),
    )
    throw new Failure(
      'conflict',
      `changed since the plan was reviewed: ${names.join(', ')}; nothing was changed: plan again`,
    )
  }
  demandSamePlan(saved.plan, planned.plan)
}

/**
 * The same for a plan that was saved without looking up the secrets. Returns the secrets that turn out to
 * change, of which the reviewer could not know. Throws Failure `conflict` when the database moved on.
 */
export async function unreviewedSecrets(
  database: Database,
  saved: SavedPlan,
  wanted: Wanted,
  planned: Planned,
): Promise<string[]> {
  const blind = await planConfiguration(database, { ...wanted, secrets: new Map(), deferred: true })
  demandSamePlan(saved.plan, blind.plan)
  const known = new Set(secretFields(blind.plan))
  return secretFields(planned.plan)
    .filter((field) => !known.has(field))
    .map((field) => field.split(' ').slice(0, 2).join(' '))
}

/** The plan is the same when it does the same to the same. */
function demandSamePlan(then: Plan, now: Plan): void {
  if (then.sha256 === now.sha256) return
  const moved = now.documents.find(({ owner, base }) => {
    return then.documents.find((document) => document.owner === owner)?.base.generation !== base.generation
  })
  const why =
    moved === undefined
      ? 'the database is not what it was'
      : `"${moved.owner}" is at generation ${moved.base.generation} by now`
  throw new Failure('conflict', `the plan is stale: ${why}; nothing was changed: plan again`)
}

/** `clientCredentials.zac secret <what it becomes>` */
function secretFields({ changes }: Plan): string[] {
  return changes.flatMap(({ address, fields }) =>
    fields
      .filter((field): field is SecretFieldChange => 'sensitive' in field)
      .map(({ path, before, after }) => `${address} ${path} ${before?.fingerprint} ${after?.fingerprint}`),
  )
}

function placesOf({ diff }: Planned, places: readonly string[]): string[] {
  const declared = new Map([...diff.written, ...diff.unchanged, ...diff.away].map(({ id, object }) => [id, object]))
  return places.map((place) => {
    const [id = '', ...field] = place.split('/')
    const object = declared.get(id)
    return `${object?.kind}.${object?.key} (${field.join(', ')})`
  })
}
