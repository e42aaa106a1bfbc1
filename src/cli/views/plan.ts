import type {
  Change,
  FieldChange,
  Plan,
  PlannedDocument,
  SecretFieldChange,
  ShownSecret,
} from '../../reconcile/plan.ts'
import type { Style } from './style.ts'

/** Addresses are padded to this width, so that places line up. */
const ADDRESS_WIDTH = 44

/** A plan for people: what changes and where it is declared, field by field, then what is left alone. */
export function renderPlan(plan: Plan, style: Style): string {
  if (plan.changes.length === 0) return `${noChanges(plan)}\n`
  const lines = [
    plan.documents.map(documentTitle).join(', '),
    '',
    ...plan.changes.flatMap((change) => changeLines(change, style)),
    '',
    ...restLines(plan),
    ...plan.refusals.map((refusal) => style.red(`  ! apply will refuse this: ${refusal}`)),
    style.bold(`Plan: ${summary(plan)}.`) + style.dim(`   sha256:${plan.sha256}`),
  ]
  return `${lines.join('\n')}\n`
}

/** `1 to create, 2 to update, 0 to delete`. */
function summary({ summary }: Plan): string {
  return `${summary.create} to create, ${summary.update} to update, ${summary.delete} to delete`
}

function noChanges({ summary: { unchanged }, documents }: Plan): string {
  const objects = unchanged === 1 ? '1 object matches' : `${unchanged} objects match`
  const [only] = documents
  if (only === undefined || documents.length > 1)
    return `No changes. ${objects} ${documents.map(documentTitle).join(', ')}.`
  return `No changes. ${objects} generation ${only.base.generation}.`
}

function documentTitle({ owner, environment, base }: PlannedDocument): string {
  const where = environment === null ? '' : `, ${environment}`
  return `${owner} (generation ${base.generation}${where})`
}

const SIGNS = { create: '+', update: '~', delete: '-' } as const

function changeLines(change: Change, style: Style): string[] {
  const paint = { create: style.green, update: style.yellow, delete: style.red }[change.action]
  const title = `${SIGNS[change.action]} ${change.address}`
  const place = change.origin === null ? '' : showOrigin(change.origin)
  return [
    place === '' ? `  ${paint(title)}` : `  ${paint(title.padEnd(ADDRESS_WIDTH))} ${style.dim(place)}`,
    ...shownFields(change).map((field) => `      ${fieldLine(field, change, style)}`),
    ...change.consequences.map((consequence) => style.red(`      ! ${consequence}`)),
  ]
}

/** What is new stands in the document and what goes is gone; of those only secrets say something more. */
function shownFields({ action, fields }: Change): FieldChange[] {
  if (action === 'update') return fields
  return action === 'create' ? fields.filter(isSecret) : []
}

function fieldLine(field: FieldChange, change: Change, style: Style): string {
  const sign = field.before === undefined ? '+' : field.after === undefined ? '-' : '~'
  const name = field.path === '' ? 'value' : field.path
  const text = isSecret(field) ? secretText(field) : plainText(field)
  const place = field.origin === null || field.origin.line === change.origin?.line ? '' : showOrigin(field.origin)
  return `${sign} ${name.padEnd(16)} ${text}${place === '' ? '' : `   ${style.dim(place)}`}`
}

function isSecret(field: FieldChange): field is SecretFieldChange {
  return 'sensitive' in field
}

function plainText({ before, after }: FieldChange): string {
  if (before === undefined) return showValue(after)
  if (after === undefined) return showValue(before)
  return `${showValue(before)} -> ${showValue(after)}`
}

/** Everything but a plain word is JSON; nothing in it can steer a terminal. */
function showValue(value: unknown): string {
  if (typeof value === 'string' && /^[\x21\x23-\x7E]+$/.test(value)) return value
  return JSON.stringify(value).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD')
}

function secretText({ before, after }: SecretFieldChange): string {
  if (before === undefined || after === undefined) return showSecret((after ?? before) as ShownSecret)
  const parts = [
    before.fingerprint === after.fingerprint
      ? `same value ${after.fingerprint}`
      : `fingerprint ${before.fingerprint} -> ${after.fingerprint}`,
    showTurn(before.reference ?? 'API', after.reference ?? 'API'),
    ...(before.expiresAt === after.expiresAt
      ? []
      : [`expires ${showTurn(before.expiresAt ?? 'never', after.expiresAt ?? 'never')}`]),
  ]
  return parts.join('   ')
}

function showSecret({ fingerprint, reference, expiresAt }: ShownSecret): string {
  const expires = expiresAt === null ? '' : `   expires ${expiresAt}`
  return `fingerprint ${fingerprint}   ${reference ?? 'API'}${expires}`
}

function showTurn(before: string, after: string): string {
  return before === after ? after : `${before} -> ${after}`
}

function showOrigin({ file, line }: { file: string; line: number }): string {
  return `${file}:${line}`
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
