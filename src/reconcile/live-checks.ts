import { closest } from '../common/closest.ts'
import type { Diagnostic } from '../common/diagnostics.ts'
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

/** Kanalen that would be deleted under abonnementen that stay; in words, with the count. */
export function kanalenInUse({ deleted, leftAlone, foreign }: Diff): string[] {
  const staying = [...leftAlone, ...foreign]
  return deleted.flatMap((kanaal) => {
    if (kanaal.kind !== 'kanalen') return []
    const users = staying.filter((object) => names(object, kanaal.key))
    if (users.length === 0) return []
    const owners = [...new Set(users.map(({ owner }) => owner))].toSorted()
    return [
      `${addressOf(kanaal)} is used by ${count(users.length, 'abonnement', 'abonnementen')} of ${owners.join(', ')}`,
    ]
  })
}

/** `1 delivery`, `3 deliveries`. */
export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
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
      const what = one.gone ? 'was deleted' : `was changed by ${one.changedBy} (${one.changedAt})`
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
