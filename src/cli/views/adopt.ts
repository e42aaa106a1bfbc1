import type { Adoption } from '../../reconcile/adopt.ts'
import { addressOf } from '../../reconcile/kinds.ts'
import type { Style } from './style.ts'

export type AdoptionReport = {
  adoption: Adoption
  generation: number
  /** The YAML that the document lacks; undefined: it declares everything. */
  missing: string | undefined
}

/** What was adopted, from whom, and what to put in the document. */
export function renderAdoption({ adoption, generation, missing }: AdoptionReport, style: Style): string {
  const lines = adoption.objects.map(({ object, before }) => {
    const name = object.key === before.key ? '' : ` as ${addressOf(object)}`
    const was = addressOf({ kind: object.kind, key: before.key })
    return `${style.green('Adopted')} ${was}${name}; before it belonged to "${before.owner}".`
  })
  const advice =
    missing === undefined
      ? ['bode plan shows in what the document differs from it.']
      : [style.yellow('The document does not declare it. Add this, or the next apply deletes it:'), '', missing]
  return `${[...lines, `That is generation ${generation}.`, ...advice].join('\n').trimEnd()}\n`
}

/** The same for programs. Members may be added; none is removed or changes its meaning. */
export function adoptionJson({ adoption, generation, missing }: AdoptionReport): object {
  return {
    status: 'adopted',
    generation,
    objects: adoption.objects.map(({ object: { kind, key, id, owner }, before }) => ({
      address: addressOf({ kind, key }),
      kind,
      key,
      id,
      owner,
      before,
    })),
    missing: missing ?? null,
  }
}
