import type { StoredSecret } from '../../reconcile/kind.ts'
import { shownFingerprint } from '../../secrets/fingerprint.ts'
import { showReference, type SecretReference } from '../../secrets/references.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'
import { ago, moment } from './time.ts'

/** A secret as `bode secrets list` tells it: everything but the value. */
export type ListedSecret = StoredSecret & {
  /** `clientCredentials.open-zaak.previousSecret`. */
  address: string
  owner: string
  /** The id of the master key that sealed it. */
  keyId: string
}

/** A secret that a document asks for. */
export type CheckedSecret = {
  address: string
  owner: string
  reference: SecretReference
  /** Epoch ms; null: no end. */
  expiresAt: number | null
  /** True when its value is there. */
  resolved: boolean
}

/** A line for each secret of a document, and a verdict. */
export function renderCheck(secrets: readonly CheckedSecret[], style: Style): string {
  const missing = secrets.filter(({ resolved }) => !resolved).length
  const rows = secrets.map(({ address, reference, resolved }) => [
    resolved ? 'ok' : 'unresolved',
    address,
    showReference(reference),
  ])
  const verdict =
    missing === 0
      ? `Every secret can be resolved (${secrets.length}).`
      : style.red(`${missing} of ${secrets.length} secrets cannot be resolved.`)
  return [...table(rows).map((line, index) => (secrets[index]?.resolved ? line : style.red(line))), verdict, ''].join(
    '\n',
  )
}

/** One secret of a document for programs. Members may be added; none is removed or changes its meaning. */
export function checkJson({ reference, expiresAt, ...rest }: CheckedSecret): object {
  return { ...rest, reference: showReference(reference), expiresAt: iso(expiresAt) }
}

/** A line for each secret. */
export function renderSecrets(secrets: readonly ListedSecret[], now: number, style: Style): string {
  if (secrets.length === 0) return 'There is no secret in the database.\n'
  const rows = secrets.map((secret) => [
    secret.address,
    source(secret),
    `fingerprint ${shownFingerprint(secret.fingerprint)}`,
    `key ${secret.keyId}`,
    useText(secret, now),
    endText(secret, now),
  ])
  return table(rows)
    .map((line, index) => `${hasEnded(secrets[index], now) ? style.red(line) : line}\n`)
    .join('')
}

/** One secret for programs. Members may be added; none is removed or changes its meaning. */
export function listedSecretJson(secret: ListedSecret): object {
  const { address, owner, field, slot, keyId, expiresAt, lastUsedAt } = secret
  return {
    address,
    owner,
    field,
    slot,
    reference: secret.reference === null ? null : showReference(secret.reference),
    fingerprint: shownFingerprint(secret.fingerprint),
    keyId,
    expiresAt: iso(expiresAt),
    lastUsedAt: iso(lastUsedAt),
  }
}

function source({ reference, owner }: ListedSecret): string {
  return reference === null ? `API (${owner.replace(/^client:/, '')})` : showReference(reference)
}

/** Only of clients is it counted. */
function useText({ address, lastUsedAt }: ListedSecret, now: number): string {
  if (lastUsedAt !== null) return `last used ${ago(lastUsedAt, now)}`
  return address.startsWith('clientCredentials.') ? 'never used' : ''
}

function endText({ expiresAt }: ListedSecret, now: number): string {
  if (expiresAt === null) return ''
  return expiresAt <= now ? `ended ${ago(expiresAt, now)}` : `ends ${moment(expiresAt)}`
}

function hasEnded(secret: ListedSecret | undefined, now: number): boolean {
  return secret !== undefined && secret.expiresAt !== null && secret.expiresAt <= now
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
