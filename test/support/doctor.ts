import { createServer } from 'node:https'
import { createServer as createNetServer, type AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { Clock } from '../../src/common/clock.ts'
import type { AbonnementSpec, AuthSpec, ClientCredentialSpec, Settings } from '../../src/common/model.ts'
import { Secret } from '../../src/common/secret.ts'
import { examine } from '../../src/cli/doctor/doctor.ts'
import type { CheckName, Finding } from '../../src/cli/doctor/finding.ts'
import { subjectsOf, type AnySubject, type Subjects, type SubjectSecret } from '../../src/cli/doctor/subjects.ts'
import { canary } from './canary.ts'
import { makeCertificate, type CertificateParts } from './certificate.ts'
import { listenOnLoopback } from './loopback.ts'

export const OUR_CLIENT_ID = 'open-notificaties'
export const OUR_SECRET = canary('ours')

export type SubjectParts = {
  /** Null: no Autorisaties API. */
  apiRoot?: string | null
  /** The API root of the external credential, when it is another. */
  credentialRoot?: string
  /** Null: it cannot be resolved. */
  secret?: string | null
  clients?: Record<string, Partial<ClientCredentialSpec>>
  abonnementen?: Record<string, AbonnementParts>
  settings?: Partial<Settings>
}
export type AbonnementParts = { callbackUrl: string; auth?: AuthSpec; secret?: string | null; owner?: string }

/** Subjects as a document would give them; the line of everything is 7. */
export function subjectsFor(parts: SubjectParts): Subjects {
  const { apiRoot = null, clients = {}, abonnementen = {}, secret = OUR_SECRET } = parts
  const settings = { egress: LOOPBACK, ...parts.settings }
  const all: AnySubject[] = [
    ...Object.entries(settings).map(([key, spec]) => subject('settings', key, spec)),
    ...Object.entries(clients).map(([key, spec]) =>
      subject('clientCredentials', key, { authorizedBy: 'autorisaties', scopes: [], ...spec }),
    ),
    ...Object.entries(abonnementen).map(([key, { callbackUrl, auth = { type: 'no_auth' }, ...rest }]) => ({
      ...subject('abonnementen', key, { ...ABONNEMENT, callbackUrl, auth }, rest.secret),
      owner: rest.owner ?? 'gemeente',
    })),
  ]
  if (apiRoot !== null) {
    const spec = { apiRoot, component: 'nrc', credential: null, cacheForMs: 0, staleForMs: 0 }
    const caller = { clientId: OUR_CLIENT_ID, userId: 'bode', userRepresentation: 'Bode', label: '' }
    all.push(
      subject('autorisaties', 'default', spec),
      subject('externalCredentials', 'ac', { ...caller, apiRoot: parts.credentialRoot ?? apiRoot }, secret),
    )
  }
  return subjectsOf('document', all, (section) => `bode.yaml, section ${section}`)
}

const LOOPBACK: Settings['egress'] = { policy: 'private', allow: ['127.0.0.0/8', 'localhost'] }
const ABONNEMENT: Omit<AbonnementSpec, 'callbackUrl' | 'auth'> = {
  kanalen: [],
  cloudEvents: { send: false, filters: [] },
  delivery: {},
}

function subject(kind: AnySubject['kind'], key: string, spec: unknown, secret?: string | null): AnySubject {
  const value = typeof secret === 'string' ? new Secret(secret) : undefined
  const slot = { field: 'secret', slot: 'current', expiresAt: null, lastUsedAt: null, value }
  const secrets: SubjectSecret[] = secret === undefined ? [] : [slot]
  const address = kind === 'autorisaties' || kind === 'settings' ? (kind === 'settings' ? key : kind) : `${kind}.${key}`
  const place = (field?: string): string => `bode.yaml:7${field === undefined ? '' : ` ${field}`}`
  return { kind, key, spec, address, owner: 'gemeente', secrets, place } as AnySubject
}

/** Runs the checks that are named (default: all) and fails the test when a secret shows. */
export async function examined(
  t: Test,
  subjects: Subjects,
  options: { only?: CheckName[]; timeoutMs?: number; clock?: Clock } = {},
): Promise<Finding[]> {
  const { only, timeoutMs = 5_000, clock = { now: () => Date.now() } } = options
  const findings = await examine(subjects, { clock, timeoutMs, wanted: (check) => only?.includes(check) ?? true })
  const { assertNoLeak } = await import('./canary.ts')
  assertNoLeak(t, JSON.stringify(findings), 'the findings')
  return findings
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createNetServer()
  const port = await listenOnLoopback(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** An https server with a certificate of our own making; its URL has 127.0.0.1 for host. */
export async function startHttps(t: Test, parts: CertificateParts = {}): Promise<string> {
  const server = createServer(makeCertificate(parts), (_request, response) => response.writeHead(204).end())
  await listenOnLoopback(server)
  t.teardown(() => server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
