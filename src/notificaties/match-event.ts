import { isObject } from '../common/field-rules.ts'
import { toCamelKey } from '../common/key-folding.ts'
import type { CloudEventFilter } from '../common/model.ts'
import type { Snapshot } from '../common/snapshot.ts'
import type { CloudEvent } from './cloud-event.ts'
import { demandsOf, meets } from './filters.ts'

type Routed = Pick<CloudEvent, 'type' | 'payload'>
export type EventMatcher = (event: Routed) => string[]

/**
 * Makes the function that says which abonnementen get a posted CloudEvent: their ids, in the order of the
 * snapshot (behaviour reference §5.8). One gets it when it asks for CloudEvents and at least one of its
 * filters for them passes, so without such filters it gets none; its kanalen do not matter. A filter
 * passes when its text is somewhere in the type, capitals included, and its attributes agree with the
 * members of `data`. Those are read as they are, the filter's keys in camelCase; data that is no object
 * has no members, so that no attribute of it differs.
 */
export function compileEventMatcher({ abonnementen }: Pick<Snapshot, 'abonnementen'>): EventMatcher {
  const candidates = [...abonnementen.values()].flatMap(({ id, cloudEvents: { send, filters } }) =>
    send && filters.length > 0 ? [{ id, filters: filters.map(compileFilter) }] : [],
  )
  return (event) => candidates.filter(({ filters }) => filters.some((passes) => passes(event))).map(({ id }) => id)
}

function compileFilter({ typeSubstring, filters }: CloudEventFilter): (event: Routed) => boolean {
  const demands = demandsOf(filters, toCamelKey)
  return ({ type, payload }) => type.includes(typeSubstring) && meets(demands, membersOf(payload))
}

function membersOf(payload: CloudEvent['payload']): Record<string, unknown> {
  return 'data' in payload && isObject(payload.data) ? payload.data : {}
}
