import type { Change, Plan } from './plan.ts'

/** The plan of objects that stand in no file: without places that mean nothing. */
export function withoutPlaces(plan: Plan): Plan {
  const changes = plan.changes.map((change): Change => ({
    ...change,
    origin: null,
    fields: change.fields.map((field) => ({ ...field, origin: null })),
  }))
  return { ...plan, changes }
}
