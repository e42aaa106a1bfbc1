import type { FieldChange, Origin, SecretFieldChange, ShownSecret } from '../../reconcile/plan.ts'
import type { Style } from './style.ts'
import { ago } from './time.ts'

/**
 * One field that changes: `~ timeout  10s -> 5s   bode.yaml:7`, its place only when it is another line than
 * the object's. `now` (epoch ms): secrets say how long ago they were used.
 */
export function fieldLine(field: FieldChange, object: Origin | null, style: Style, now?: number): string {
  const sign = field.before === undefined ? '+' : field.after === undefined ? '-' : '~'
  const name = field.path === '' ? 'value' : field.path
  const text = isSecret(field) ? secretText(field, now) : plainText(field)
  const place = field.origin === null || field.origin.line === object?.line ? '' : showOrigin(field.origin)
  return `${sign} ${name.padEnd(16)} ${text}${place === '' ? '' : `   ${style.dim(place)}`}`
}

export function isSecret(field: FieldChange): field is SecretFieldChange {
  return 'sensitive' in field
}

/** `bode.yaml:7` */
export function showOrigin({ file, line }: { file: string; line: number }): string {
  return `${file}:${line}`
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

function secretText({ before, after }: SecretFieldChange, now: number | undefined): string {
  const used = lastUse(before, now)
  if (before === undefined || after === undefined) return showSecret((after ?? before) as ShownSecret) + used
  const parts = [
    before.fingerprint === after.fingerprint
      ? `same value ${after.fingerprint}`
      : `fingerprint ${before.fingerprint} -> ${showFingerprint(after)}`,
    showTurn(before.reference ?? 'API', after.reference ?? 'API'),
    ...(before.expiresAt === after.expiresAt
      ? []
      : [`expires ${showTurn(before.expiresAt ?? 'never', after.expiresAt ?? 'never')}`]),
  ]
  return parts.join('   ') + used
}

function lastUse(before: ShownSecret | undefined, now: number | undefined): string {
  if (before?.lastUsedAt === undefined || now === undefined) return ''
  return `   last used ${ago(Date.parse(before.lastUsedAt), now)}`
}

function showSecret({ fingerprint, reference, expiresAt }: ShownSecret): string {
  const expires = expiresAt === null ? '' : `   expires ${expiresAt}`
  return `fingerprint ${showFingerprint({ fingerprint })}   ${reference ?? 'API'}${expires}`
}

/** Of a plan that was made without looking up the secrets. */
function showFingerprint({ fingerprint }: Pick<ShownSecret, 'fingerprint'>): string {
  return fingerprint === 'unknown' ? 'unknown until apply' : fingerprint
}

function showTurn(before: string, after: string): string {
  return before === after ? after : `${before} -> ${after}`
}
