import { closest } from '../common/closest.ts'
import type { Diagnostic } from '../common/diagnostics.ts'
import { clientOwner } from '../common/snapshot.ts'
import type { DesiredObject } from '../config/desired-state.ts'
import type { DeclaredObject } from './declared-object.ts'
import type { Diff } from './diff.ts'
import { positionOf } from './field-changes.ts'
import type { LiveObject } from './kind.ts'
import { addressOf } from './kinds.ts'
import type { Drift } from './plan.ts'

/** Abonnementen that name a kanaal which will not exist after the apply: it would never get anything. */
export function unknownKanalen({ written, unchanged, leftAlone, foreign }: Diff): Diagnostic[] {
  const declared = [...written, ...unchanged].map(({ target }) => target)
  const kanalen = [...declared.map(({ object }) => object), ...leftAlone, ...foreign].flatMap(({ kind, key }) =>
    kind === 'kanalen' ? [key] : [],
  )
  const known = new Set(kanalen)
  return declared.flatMap(({ object }) => {
    if (object.kind !== 'abonnementen') return []
    return object.spec.kanalen.flatMap(({ naam }, index) =>
      known.has(naam) ? [] : [unknownKanaal(object, naam, index, kanalen)],
    )
  })
}

/** Kanalen that would be deleted, or called otherwise, under abonnementen that stay; in words, with the count. */
export function kanalenInUse(found: Diff): string[] {
  const { deleted, written, leftAlone, foreign } = found
  const renamed = written.flatMap(({ live, object }) => (live !== undefined && live.key !== object.key ? [live] : []))
  const after = new Set(objectsAfter(found).flatMap(({ kind, key }) => (kind === 'kanalen' ? [key] : [])))
  const staying = [...leftAlone, ...foreign]
  return [...deleted, ...renamed].flatMap((kanaal) => {
    if (kanaal.kind !== 'kanalen' || after.has(kanaal.key)) return []
    const users = staying.filter((object) => names(object, kanaal.key))
    if (users.length === 0) return []
    return [
      `${addressOf(kanaal)} is used by ${count(users.length, 'abonnement', 'abonnementen')} of ${ownersOf(users)}`,
    ]
  })
}

/** External credentials that would be deleted, without which an Autorisaties API that stays cannot be called. */
export function credentialsInUse(found: Diff): string[] {
  const { deleted, leftAlone, foreign } = found
  const gone = deleted.flatMap((object) => (object.kind === 'externalCredentials' ? [object] : []))
  const left = objectsAfter(found).flatMap((object) => (object.kind === 'externalCredentials' ? [object] : []))
  const users = [...leftAlone, ...foreign].flatMap((object) => (object.kind === 'autorisaties' ? [object] : []))
  return users.flatMap((user) => {
    const { credential, apiRoot } = user.spec
    const fits = ({ key, spec }: (typeof left)[number]): boolean =>
      credential === null ? apiRoot.startsWith(spec.apiRoot) : key === credential
    const lost = left.some(fits) ? undefined : gone.find(fits)
    return lost === undefined ? [] : [`${addressOf(lost)} is used by ${addressOf(user)} of ${user.owner}`]
  })
}

/** How many abonnementen that stay belong to the client `clientId`. */
export function abonnementenOf(clientId: string, { leftAlone, foreign }: Diff): number {
  return [...leftAlone, ...foreign].filter(
    (object) => object.kind === 'abonnementen' && object.owner === clientOwner(clientId),
  ).length
}

/** `1 delivery`, `3 deliveries`. */
export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}

/** Everything there will be after the apply. */
function objectsAfter({ written, unchanged, leftAlone, foreign }: Diff): (DesiredObject | LiveObject)[] {
  return [...[...written, ...unchanged].map(({ target }) => target.object), ...leftAlone, ...foreign]
}

function ownersOf(objects: readonly LiveObject[]): string {
  return [...new Set(objects.map(({ owner }) => owner))].toSorted().join(', ')
}

function names(object: LiveObject, naam: string): boolean {
  return object.kind === 'abonnementen' && object.spec.kanalen.some((kanaal) => kanaal.naam === naam)
}

function unknownKanaal(
  object: DeclaredObject['object'],
  naam: string,
  index: number,
  kanalen: readonly string[],
): Diagnostic {
  const suggestion = closest(naam, kanalen)
  return {
    id: 'abonnement/unknown-kanaal',
    severity: 'error',
    message: `the kanaal "${naam}" is neither declared nor in the database`,
    position: positionOf(object, `kanalen.${index}.naam`),
    path: addressOf(object),
    ...(suggestion === undefined ? {} : { label: `did you mean "${suggestion}"?` }),
  }
}

/** With `--on-drift fail`: what was changed outside without permission. */
export function unwantedDrift({ drift, drifted }: Diff, declared: readonly DeclaredObject[]): Diagnostic[] {
  const places = new Map(declared.map(({ id, object }) => [id, object.position]))
  return drift
    .filter(({ id }) => drifted.get(id)?.allPermitted !== true)
    .map((one): Diagnostic => {
      const position = places.get(one.id)
      const who = one.changedBy === null ? 'by nobody knows whom' : `by ${one.changedBy} (${one.changedAt})`
      const what = one.gone ? 'was deleted' : `was changed ${who}`
      return {
        id: 'drift/found',
        severity: 'error',
        message: `${one.address} ${what} outside this configuration${namesOf(one)}`,
        ...(position === undefined ? {} : { position }),
        path: one.address,
        help: ['see bode drift; take the change over in the document, or apply without --on-drift fail to undo it'],
      }
    })
}

function namesOf({ fields }: Drift): string {
  return fields.length === 0 ? '' : `: ${fields.map(({ path }) => path || 'value').join(', ')}`
}
