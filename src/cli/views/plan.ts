import type { Change, FieldChange, Plan, PlannedDocument } from '../../reconcile/plan.ts'
import { driftLines } from './drift.ts'
import { fieldLine, isSecret, showOrigin } from './fields.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'

/** Addresses are padded to this width, so that places line up. */
const ADDRESS_WIDTH = 44

/**
 * A plan for people: what changes and where it is declared, field by field, then what was changed
 * outside, then what is left alone. `now` (epoch ms): secrets say how long ago they were used.
 */
export function renderPlan(given: Plan, style: Style, now?: number): string {
  const plan = complete(given)
  if (plan.changes.length === 0 && plan.drift.length === 0) return `${noChanges(plan)}\n`
  const own = plan.changes.filter((change) => !onlyPutsBack(change))
  const lines = [
    plan.documents.map(documentTitle).join(', '),
    '',
    ...own.flatMap((change) => changeLines(change, style, now)),
    ...plan.drift.flatMap((drift) => driftLines(drift, fate(drift, plan), style, now)),
    '',
    ...restLines(plan),
    ...plan.refusals.map((refusal) => style.red(`  ! apply will refuse this: ${refusal}`)),
    plan.changes.length === 0
      ? noChanges(plan)
      : style.bold(`Plan: ${summary(plan)}.`) + style.dim(`   sha256:${plan.sha256}`),
  ]
  return `${lines.join('\n')}\n`
}

/** The history has plans of a version that did not look for drift. */
function complete(plan: Plan): Plan {
  const summary = Object.assign({ drift: { putBack: 0, kept: 0 } }, plan.summary)
  return Object.assign({ drift: [] }, plan, { summary })
}

/** `1 to create, 2 to update, 0 to delete`; drift only when there is some. */
function summary({ summary }: Plan): string {
  const { create, update, delete: deletes, drift } = summary
  return [
    `${create} to create, ${update} to update, ${deletes} to delete`,
    ...(drift.putBack > 0 ? [`; ${drift.putBack} changed outside to put back`] : []),
    ...(drift.kept > 0 ? [`; ${drift.kept} changed outside to keep`] : []),
  ].join('')
}

function noChanges({ summary: { unchanged, drift }, documents }: Plan): string {
  const objects = unchanged === 1 ? '1 object matches' : `${unchanged} objects match`
  const [only] = documents
  const base =
    only === undefined || documents.length > 1
      ? documents.map(documentTitle).join(', ')
      : `generation ${only.base.generation}`
  return `No changes. ${objects} ${base}${drift.kept > 0 ? `; ${drift.kept} changed outside and kept` : ''}.`
}

function documentTitle({ owner, environment, base }: PlannedDocument): string {
  const where = environment === null ? '' : `, ${environment}`
  return `${owner} (generation ${base.generation}${where})`
}

/** An update of which the document changed nothing: it is told as drift. */
function onlyPutsBack({ action, fields }: Change): boolean {
  return action === 'update' && fields.length > 0 && fields.every(({ drift }) => drift === true)
}

function fate({ id, kept }: Plan['drift'][number], { changes }: Plan): string {
  if (kept) return 'is kept'
  const change = changes.find((one) => one.id === id)
  return change?.action === 'delete' ? 'goes with it' : 'will be put back'
}

const SIGNS = { create: '+', update: '~', delete: '-' } as const

function changeLines(change: Change, style: Style, now?: number): string[] {
  const paint = { create: style.green, update: style.yellow, delete: style.red }[change.action]
  const title = `${SIGNS[change.action]} ${change.address}${renamed(change)}`
  const place = change.origin === null ? '' : showOrigin(change.origin)
  return [
    place === '' ? `  ${paint(title)}` : `  ${paint(title.padEnd(ADDRESS_WIDTH))} ${style.dim(place)}`,
    ...shownFields(change).map((field) => `      ${fieldLine(field, change.origin, style, now)}`),
    ...change.consequences.map((consequence) => style.red(`      ! ${consequence}`)),
  ]
}

/** No kind has a field called name: it is the key. */
function renamed({ action, fields }: Change): string {
  const name = action === 'update' ? fields.find(({ path }) => path === 'name') : undefined
  return name === undefined ? '' : `   renamed from ${printable(String(name.before))}`
}

/** What is new stands in the document and what goes is gone; of those only secrets say something more. */
function shownFields({ action, fields }: Change): FieldChange[] {
  if (action === 'update') return fields.filter(({ path }) => path !== 'name')
  return action === 'create' ? fields.filter(isSecret) : []
}

/** What stays: nothing is left out silently. */
function restLines({ summary: { unchanged }, notDeclared, notOurs }: Plan): string[] {
  const foreign = Object.entries(notOurs).map(([kind, number]) => `${number} ${kind}`)
  const lines = [
    ...(unchanged > 0 ? [`unchanged: ${unchanged}`] : []),
    ...Object.entries(notDeclared).map(([kind, number]) => `${kind}: not declared, ${number} left alone`),
    ...(foreign.length > 0 ? [`not ours: ${foreign.join(', ')}`] : []),
  ]
  return lines.length === 0 ? [] : [...lines.map((line) => `  ${line}`), '']
}
