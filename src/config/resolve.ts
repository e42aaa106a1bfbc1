import type { Diagnostic } from '../common/diagnostics.ts'
import type { Environment } from '../common/environment.ts'
import type { Secret } from '../common/secret.ts'
import { whyNotPresentable } from '../common/static-secret.ts'
import { resolveReference } from '../secrets/references.ts'
import { sopsFiles } from '../secrets/sops.ts'
import { levelled } from './rules/levels.ts'
import type { DesiredObject, DesiredSecret, DesiredState } from './desired-state.ts'

/** HS256 wants a key as long as its output (RFC 7518 §3.2). */
const STRONG_BYTES = 32

export type ResolvedSecrets = {
  /** By the secret of the desired state; complete when no diagnostic is an error. */
  secrets: Map<DesiredSecret, Secret>
  diagnostics: Diagnostic[]
}

type State = Pick<DesiredState, 'owner' | 'objects' | 'rules'>

/** Where a secret stands. */
type Place = { owner: string; path: string }

/**
 * Looks up every secret of all documents; each that cannot be found is an error, all at once. Warns of
 * secrets that are too short to sign with and of values that two places share, be it in two documents.
 * Messages name places and references, never a value or its length.
 */
export async function resolveSecrets(
  states: readonly State[],
  world: { environment: Environment; cwd: string },
): Promise<ResolvedSecrets> {
  const resolver = new Resolver({ ...world, sops: sopsFiles(world) })
  for (const state of states) await resolver.resolve(state)
  return resolver
}

class Resolver implements ResolvedSecrets {
  readonly secrets = new Map<DesiredSecret, Secret>()
  readonly diagnostics: Diagnostic[] = []
  /** The first place of each value; the values stay in this map, which nobody prints. */
  readonly #firstByValue = new Map<string, Place>()
  readonly #world: Parameters<typeof resolveReference>[1]

  constructor(world: Parameters<typeof resolveReference>[1]) {
    this.#world = world
  }

  async resolve({ owner, objects, rules }: State): Promise<void> {
    for (const object of objects) {
      for (const wanted of object.secrets) {
        const path = addressOf(object, wanted)
        const found = await this.#look(object, wanted, { owner, path })
        this.diagnostics.push(
          ...levelled(
            found.map((finding) => ({ ...finding, position: wanted.position, path })),
            rules,
          ),
        )
      }
    }
  }

  async #look(object: DesiredObject, wanted: DesiredSecret, place: Place): Promise<Diagnostic[]> {
    const result = await resolveReference(wanted.reference, this.#world)
    if ('problem' in result) return [{ id: 'secret/unresolved', severity: 'error', message: result.problem }]
    this.secrets.set(wanted, result.secret)
    const found = result.warnings.map((message) => warning('secret/trailing-newline', message))
    found.push(...unpresentable(object, result.secret))
    if (isOurs(object) && isWeak(result.secret)) {
      const message = `this secret is shorter than ${STRONG_BYTES} bytes`
      found.push(warning('secret/weak', message, 'generate one, for example: openssl rand -base64 32'))
    }
    const other = this.#firstByValue.get(result.secret.reveal())
    if (other === undefined) this.#firstByValue.set(result.secret.reveal(), place)
    else {
      const where = other.owner === place.owner ? other.path : `${other.path} of ${other.owner}`
      found.push(
        warning('secret/reused', `${where} has the same value`, 'give each its own: one that leaks opens both'),
      )
    }
    return found
  }
}

/** A static secret that no caller can present would shut its client out. */
function unpresentable(object: DesiredObject, secret: Secret): Diagnostic[] {
  const isStatic = object.kind === 'clientCredentials' && object.spec.type === 'static'
  const why = isStatic ? whyNotPresentable(secret.reveal()) : undefined
  return why === undefined ? [] : [{ id: 'secret/not-presentable', severity: 'error', message: `this secret ${why}` }]
}

function warning(id: string, message: string, ...help: string[]): Diagnostic {
  return { id, severity: 'warning', message, ...(help.length === 0 ? {} : { help }) }
}

function addressOf(object: DesiredObject, { field, slot }: DesiredSecret): string {
  const path = `${object.key}.${slot === 'previous' ? 'previousSecret' : field}`
  return object.kind === 'settings' ? path : `${object.kind}.${path}`
}

/** An API key, an OAuth secret and what a webhook asks for are only compared by the other side; how long they are is its business. */
function isOurs(object: DesiredObject): boolean {
  return object.kind === 'abonnementen' ? object.spec.auth.type === 'zgw' : object.kind !== 'settings'
}

function isWeak(secret: Secret): boolean {
  return Buffer.byteLength(secret.reveal()) < STRONG_BYTES
}
