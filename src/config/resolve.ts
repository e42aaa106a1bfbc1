import type { Diagnostic } from '../common/diagnostics.ts'
import type { Environment } from '../common/environment.ts'
import type { Secret } from '../common/secret.ts'
import { signingKey } from '../common/signing-key.ts'
import { whyNotPresentable } from '../common/static-secret.ts'
import { resolveReference } from '../secrets/references.ts'
import { sopsFiles } from '../secrets/sops.ts'
import { isPem, pemFindings } from './pem-findings.ts'
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

type World = Parameters<typeof resolveReference>[1] & { now: number }

/** Where a secret stands. */
type Place = { owner: string; path: string }

/**
 * Looks up every secret of all documents; each that cannot be found is an error, all at once. Warns of
 * secrets that are too short to sign with, of values that two places share, be it in two documents, and of
 * certificates that have ended by `now` (epoch ms); a key that does not fit its certificate is an error.
 * Messages name places and references, never a value or its length.
 */
export async function resolveSecrets(
  states: readonly State[],
  world: { environment: Environment; cwd: string; now: number },
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
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  async resolve({ owner, objects, rules }: State): Promise<void> {
    for (const object of objects) {
      for (const wanted of object.secrets) {
        const path = addressOf(object, wanted)
        this.#report(await this.#look(object, wanted, { owner, path }), object, wanted, rules)
      }
      for (const { wanted, ...finding } of pemFindings(object, this.secrets, this.#world.now)) {
        this.#report([finding], object, wanted, rules)
      }
    }
  }

  #report(found: Diagnostic[], object: DesiredObject, wanted: DesiredSecret, rules: DesiredState['rules']): void {
    const place = { position: wanted.position, path: addressOf(object, wanted) }
    this.diagnostics.push(
      ...levelled(
        found.map((finding) => ({ ...finding, ...place })),
        rules,
      ),
    )
  }

  async #look(object: DesiredObject, wanted: DesiredSecret, place: Place): Promise<Diagnostic[]> {
    const result = await resolveReference(wanted.reference, this.#world)
    if ('problem' in result) return [{ id: 'secret/unresolved', severity: 'error', message: result.problem }]
    this.secrets.set(wanted, result.secret)
    if (isPem(wanted)) return []
    const found = result.warnings.map((message) => warning('secret/trailing-newline', message))
    found.push(...unpresentable(object, result.secret), ...unusable(wanted, result.secret))
    if (isOurs(object, wanted) && isWeak(result.secret)) {
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

/** A subscriber's library would decode it to something else than we do, or not at all. */
function unusable({ field }: DesiredSecret, secret: Secret): Diagnostic[] {
  if (field !== 'signing.secret' || signingKey(secret) !== undefined) return []
  const message = 'behind whsec_ this secret is not base64 of at least 24 bytes'
  const help = ['make one: echo "whsec_$(openssl rand -base64 32)"']
  return [{ id: 'secret/not-whsec', severity: 'error', message, help }]
}

function warning(id: string, message: string, ...help: string[]): Diagnostic {
  return { id, severity: 'warning', message, ...(help.length === 0 ? {} : { help }) }
}

function addressOf(object: DesiredObject, { field, slot }: DesiredSecret): string {
  const path = slot === 'previous' ? field.replace(/secret$/, 'previousSecret') : field
  return object.kind === 'settings' ? `${object.key}.${path}` : `${object.kind}.${object.key}.${path}`
}

/**
 * An API key, an OAuth secret and what a webhook asks for are only compared by the other side; how long they are is its
 * business.
 */
function isOurs(object: DesiredObject, { field }: DesiredSecret): boolean {
  if (object.kind === 'abonnementen') return object.spec.auth.type === 'zgw' && field === 'auth.secret'
  return object.kind !== 'settings'
}

function isWeak(secret: Secret): boolean {
  return Buffer.byteLength(secret.reveal()) < STRONG_BYTES
}
