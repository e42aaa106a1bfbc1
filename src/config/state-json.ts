import { Failure } from '../common/failure.ts'
import type { DesiredObject, DesiredSecret, DesiredState } from './desired-state.ts'

// A desired state as JSON, for a saved plan: references only, never a value.

export type StateJson = Omit<DesiredState, 'objects' | 'declared' | 'declaredSettings' | 'environment' | 'sequence'> & {
  objects: ObjectJson[]
  declared: string[]
  declaredSettings: string[]
  environment: string | null
  sequence: number | null
}
type ObjectJson = Omit<DesiredObject, 'fields'> & { fields: Record<string, DesiredObject['position']> }

/** Throws Failure `invalid` for a state with a literal secret: the JSON would hold its value. */
export function stateToJson(state: DesiredState): StateJson {
  for (const object of state.objects) for (const secret of object.secrets) demandReference(object, secret)
  const { environment, sequence, declared, declaredSettings } = state
  return {
    ...state,
    objects: state.objects.map((object) => ({ ...object, fields: Object.fromEntries(object.fields) })),
    declared: [...declared].toSorted(),
    declaredSettings: [...declaredSettings].toSorted(),
    environment: environment ?? null,
    sequence: sequence ?? null,
  }
}

/** Reads what `stateToJson` wrote; whoever calls it has made sure that it is just that. */
export function stateFromJson(json: StateJson): DesiredState {
  const objects = json.objects.map((object) => ({ ...object, fields: new Map(Object.entries(object.fields)) }))
  return {
    ...json,
    objects: objects as DesiredObject[],
    declared: new Set(json.declared) as DesiredState['declared'],
    declaredSettings: new Set(json.declaredSettings) as DesiredState['declaredSettings'],
    environment: json.environment ?? undefined,
    sequence: json.sequence ?? undefined,
  }
}

function demandReference({ kind, key }: DesiredObject, { reference, position }: DesiredSecret): void {
  if (!('insecureLiteral' in reference)) return
  throw new Failure(
    'invalid',
    `the secret of ${kind}.${key} (${position.file}:${position.line}) is a literal, and a saved plan may hold no ` +
      'value: write it as { env } or { file }',
  )
}
