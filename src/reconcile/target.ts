import { canonicalJson } from '../common/canonical-json.ts'
import type { AbonnementSpec, AuthSpec, ClientMay } from '../common/model.ts'
import type { DesiredObject } from '../config/desired-state.ts'
import { contentHash } from './content-hash.ts'
import type { DeclaredObject, Target } from './declared-object.ts'
import { isOfAuth, type Drifted } from './drift.ts'
import type { LiveObject, LiveSecret } from './kind.ts'

/**
 * What is to be written of a declared object whose client changed it within its permission: the document,
 * save for the parts that the client changed and may change, and that the document did not change.
 */
export function keepPermitted(declared: DeclaredObject, drifted: Drifted | undefined): DeclaredObject {
  const { object } = declared
  if (drifted?.live === undefined || object.kind !== 'abonnementen') return declared
  const target = keptTarget(declared, object, drifted.live, drifted)
  return target === undefined ? declared : { ...declared, target }
}

/** True when the object's client deleted it, may do so, and the document still says what it said. */
export function staysAway({ hash }: DeclaredObject, drifted: Drifted | undefined): boolean {
  return drifted?.permitted.has('delete') === true && contentHash(drifted.last.content) === hash
}

function keptTarget(
  { secrets }: DeclaredObject,
  object: Extract<DesiredObject, { kind: 'abonnementen' }>,
  live: LiveObject,
  { last, permitted }: Drifted,
): Target | undefined {
  const [before, now] = [last.content.spec as AbonnementSpec, live.spec as AbonnementSpec]
  // A permission that the document takes back does not count any more.
  const { client } = object.spec
  const mayKeep = (part: ClientMay): boolean =>
    permitted.has(part) && client?.clientId === before.client?.clientId && client?.may.includes(part) === true
  const authOf = (auth: AuthSpec, all: readonly LiveSecret[]): string =>
    contentHash({ spec: auth, protected: false, secrets: all.filter(isOfAuth) })
  const authBefore = authOf(before.auth, last.content.secrets)
  const keepsAuth = mayKeep('auth') && authBefore === authOf(object.spec.auth, secrets)
  const keepsKanalen = mayKeep('kanalen') && canonicalJson(before.kanalen) === canonicalJson(object.spec.kanalen)
  if (!keepsAuth && !keepsKanalen) return undefined
  const spec: AbonnementSpec = {
    ...object.spec,
    ...(keepsAuth ? { auth: now.auth } : {}),
    ...(keepsKanalen ? { kanalen: now.kanalen } : {}),
  }
  const kept = {
    object: { ...object, spec },
    secrets: keepsAuth ? secrets.filter((secret) => !isOfAuth(secret)) : secrets,
    keptSecrets: keepsAuth ? live.secrets.filter(isOfAuth) : [],
  }
  const content = { spec, protected: object.protected, secrets: [...kept.secrets, ...kept.keptSecrets] }
  const { updatedBy, updatedAt } = live
  return { ...kept, keptFrom: { updatedBy, updatedAt }, hash: contentHash(content) }
}
