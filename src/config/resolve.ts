import type { Diagnostic } from '../common/diagnostics.ts'
import type { Environment } from '../common/environment.ts'
import type { Secret } from '../common/secret.ts'
import { resolveReference } from '../secrets/references.ts'
import { levelled } from './rules/levels.ts'
import type { DesiredObject, DesiredSecret, DesiredState } from './desired-state.ts'

/** HS256 wants a key as long as its output (RFC 7518 §3.2). */
const STRONG_BYTES = 32

export type ResolvedSecrets = {
  /** By the secret of the desired state; complete when no diagnostic is an error. */
  secrets: Map<DesiredSecret, Secret>
  diagnostics: Diagnostic[]
}

/**
 * Looks up every secret of a document; each that cannot be found is an error, all at once. Warns of
 * secrets that are too short to sign with and of values that two places share. Messages name places
 * and references, never a value or its length.
 */
export async function resolveSecrets(
  state: Pick<DesiredState, 'objects' | 'rules'>,
  world: { environment: Environment; cwd: string },
): Promise<ResolvedSecrets> {
  const secrets = new Map<DesiredSecret, Secret>()
  const diagnostics: Diagnostic[] = []
  const firstByValue = new Map<string, string>()
  for (const object of state.objects) {
    for (const wanted of object.secrets) {
      const path = addressOf(object, wanted)
      const report = (id: string, severity: Diagnostic['severity'], message: string, help: string[] = []): void => {
        diagnostics.push({ id, severity, message, position: wanted.position, path, help })
      }
      const result = await resolveReference(wanted.reference, world)
      if ('problem' in result) {
        report('secret/unresolved', 'error', result.problem)
        continue
      }
      secrets.set(wanted, result.secret)
      for (const warning of result.warnings) report('secret/trailing-newline', 'warning', warning)
      if (signsTokens(object) && isWeak(result.secret)) {
        const help = ['generate one, for example: openssl rand -base64 32']
        report('secret/weak', 'warning', `this secret is shorter than ${STRONG_BYTES} bytes`, help)
      }
      const other = remember(firstByValue, result.secret, path)
      if (other !== path) {
        report('secret/reused', 'warning', `${other} has the same value`, [
          'give each its own: one that leaks opens both',
        ])
      }
    }
  }
  return { secrets, diagnostics: levelled(diagnostics, state.rules) }
}

function addressOf(object: DesiredObject, { field, slot }: DesiredSecret): string {
  return `${object.kind}.${object.key}.${slot === 'previous' ? 'previousSecret' : field}`
}

/** An API key and an OAuth secret are only compared by the other side; how long they are is its business. */
function signsTokens(object: DesiredObject): boolean {
  return object.kind !== 'abonnementen' || object.spec.auth.type === 'zgw'
}

function isWeak(secret: Secret): boolean {
  return Buffer.byteLength(secret.reveal()) < STRONG_BYTES
}

/** The first place that has this value; the value stays in this map, which nobody prints. */
function remember(firstByValue: Map<string, string>, secret: Secret, path: string): string {
  const first = firstByValue.get(secret.reveal()) ?? path
  firstByValue.set(secret.reveal(), first)
  return first
}
