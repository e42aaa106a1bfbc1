import type { Drift } from '../../reconcile/plan.ts'
import type { DriftReport } from '../../reconcile/read-drift.ts'
import { fieldLine } from './fields.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { moment } from './time.ts'

/** What was changed outside, for people: object by object, with who and when, field by field. */
export function renderDrift({ documents, drift, unknown }: DriftReport, style: Style): string {
  const titles = documents.map(({ owner, generation, environment }) => {
    return `${owner} (generation ${generation}${environment === null ? '' : `, ${environment}`})`
  })
  const lines = [
    ...unknown.map((owner) =>
      style.yellow(
        `"${owner}" was last applied by an older version: of its objects nothing is known. Apply once more.`,
      ),
    ),
    ...(drift.length === 0 ? [] : [titles.join(', '), '']),
    ...drift.flatMap((one) => driftLines(one, one.kept ? 'its client may do that' : undefined, style)),
    ...(drift.length === 0 ? [] : ['']),
    summary(drift, titles),
  ]
  return `${lines.join('\n')}\n`
}

/** One object that drifted; `fate`: what an apply does with that. */
export function driftLines(drift: Drift, fate: string | undefined, style: Style, now?: number): string[] {
  const { address, gone, changedBy, changedAt, fields } = drift
  const what = gone
    ? 'deleted outside git'
    : changedBy === null || changedAt === null
      ? 'changed in the database itself, nobody knows by whom'
      : `changed outside git by ${printable(changedBy)}, ${moment(Date.parse(changedAt))}`
  return [
    `  ${style.yellow(`! drift ${address}`)}   ${what}${fate === undefined ? '' : ` (${fate})`}`,
    ...fields.map((field) => `      ${fieldLine(field, null, style, now)}`),
  ]
}

function summary(drift: readonly Drift[], titles: readonly string[]): string {
  if (drift.length === 0)
    return `No drift. Everything is as it was last applied: ${titles.join(', ') || 'nothing yet'}.`
  const permitted = drift.filter(({ kept }) => kept).length
  const rest = permitted === 0 ? '' : `, ${permitted} of them as clients may`
  return `Drift: ${drift.length === 1 ? '1 object was' : `${drift.length} objects were`} changed outside${rest}.`
}
