import type { Secret } from '../../common/secret.ts'
import type { DesiredObject, DesiredSecret, DesiredState } from '../../config/desired-state.ts'
import { addressOf } from '../../reconcile/kinds.ts'
import { subjectsOf, type AnySubject, type Subjects } from './subjects.ts'

/** What a document declares, with the secrets that could be resolved; advice names its lines. */
export function documentSubjects(
  states: readonly DesiredState[],
  secrets: ReadonlyMap<DesiredSecret, Secret>,
): Subjects {
  const subjects = states.flatMap(({ owner, objects }) => objects.map((object) => subjectOf(object, owner, secrets)))
  const [first] = states.flatMap(({ objects }) => objects)
  const file = first?.position.file ?? 'the document'
  return subjectsOf('document', subjects, (section) => `${file}, section ${section}`)
}

function subjectOf(object: DesiredObject, owner: string, secrets: ReadonlyMap<DesiredSecret, Secret>): AnySubject {
  const { kind, key, spec, position, fields } = object
  return {
    kind,
    key,
    spec,
    owner,
    address: addressOf(object),
    secrets: object.secrets.map((secret) => ({
      field: secret.field,
      slot: secret.slot,
      expiresAt: secret.expiresAt,
      lastUsedAt: null,
      value: secrets.get(secret),
    })),
    place: (field = '') => {
      const { file, line } = fields.get(field) ?? position
      return `${file}:${line}`
    },
  } as AnySubject
}
