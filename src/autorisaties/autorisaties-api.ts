import type { Clock } from '../common/clock.ts'
import { isObject } from '../common/field-rules.ts'
import { messageOf } from '../common/failure.ts'
import type { AutorisatiesSpec } from '../common/model.ts'
import type { ExternalCredential } from '../common/snapshot.ts'
import type { Egress, EgressResponse } from '../egress/egress.ts'
import { tlsIdentityOf } from '../egress/secure-context.ts'
import { zgwToken } from '../egress/zgw-token.ts'
import { readApplicatie, type Applicatie } from './applicatie.ts'

/** What the Autorisaties API said about a client id; `why` is for the log, in English. */
export type Consultation =
  | { applicaties: Applicatie[] }
  | { failure: 'not-configured' | 'unreachable' | 'not-authenticated'; why: string }

export type Consult = { egress: Egress; clock: Clock; credentials: readonly ExternalCredential[] }

const TIMEOUT_MS = 10_000
const MAX_PAGE_BYTES = 4 * 1024 * 1024
/** After so many the rest is not looked at: no client has that many applicaties. */
export const MAX_PAGES = 20

/**
 * Asks the Autorisaties API for the applicaties of one client id (behaviour reference §4.3). Follows
 * every page, as long as it lies under the same API root; takes from each applicatie only what a decision
 * needs and skips what it cannot read. Never throws: a failure is an answer.
 */
export async function consultAutorisatiesApi(
  autorisaties: AutorisatiesSpec,
  clientId: string,
  { egress, clock, credentials }: Consult,
): Promise<Consultation> {
  const credential = credentialFor(autorisaties, credentials)
  if (credential === undefined) return { failure: 'not-configured', why: 'no external credential for its API root' }
  const root = withSlash(autorisaties.apiRoot)
  const applicaties: Applicatie[] = []
  let url: string | undefined = applicatiesUrl(autorisaties, clientId)
  for (let page = 0; url !== undefined && page < MAX_PAGES; page += 1) {
    let response: EgressResponse
    try {
      response = await requestPage(url, credential, { egress, clock })
    } catch (error) {
      return { failure: 'unreachable', why: messageOf(error) }
    }
    const read = readPage(response)
    if ('failure' in read) return read
    applicaties.push(
      ...read.results.flatMap((result) => readApplicatie(result, clientId, autorisaties.component) ?? []),
    )
    url = read.next?.startsWith(root) === true ? read.next : undefined
  }
  return { applicaties }
}

/** Where the first page of the applicaties with this client id is. */
export function applicatiesUrl({ apiRoot }: Pick<AutorisatiesSpec, 'apiRoot'>, clientId: string): string {
  return `${withSlash(apiRoot)}applicaties?clientIds=${encodeURIComponent(clientId)}`
}

/** Asks for one page, as `credential`. Throws EgressError. */
export function requestPage(
  url: string,
  credential: Caller,
  { egress, clock }: Pick<Consult, 'egress' | 'clock'>,
): Promise<EgressResponse> {
  return egress.request({
    url,
    method: 'GET',
    headers: { accept: 'application/json', authorization: `Bearer ${tokenOf(credential, clock)}` },
    timeoutMs: TIMEOUT_MS,
    maxResponseBytes: MAX_PAGE_BYTES,
    identity: tlsIdentityOf(credential.name, credential),
  })
}

/** What a token for the Autorisaties API is made of, and the connection to it. */
export type Caller = Pick<
  ExternalCredential,
  'name' | 'clientId' | 'secret' | 'userId' | 'userRepresentation' | 'tlsMaterial'
>

/** The credential that the configuration names, or the one with the longest API root that fits. */
export function credentialFor<Credential extends { name: string; apiRoot: string }>(
  { apiRoot, credential }: Pick<AutorisatiesSpec, 'apiRoot' | 'credential'>,
  credentials: readonly Credential[],
): Credential | undefined {
  if (credential !== null) return credentials.find(({ name }) => name === credential)
  return credentials
    .filter((each) => withSlash(apiRoot).startsWith(withSlash(each.apiRoot)))
    .toSorted((a, b) => b.apiRoot.length - a.apiRoot.length)[0]
}

function readPage({ status, body, truncated }: EgressResponse): { results: unknown[]; next?: string } | Failed {
  const page = truncated ? undefined : parse(body)
  if (status === 403 && isObject(page) && page['code'] === 'not_authenticated') {
    return { failure: 'not-authenticated', why: 'it does not accept our credential' }
  }
  if (status !== 200) return { failure: 'unreachable', why: `it answered ${status}` }
  if (!isObject(page) || !Array.isArray(page['results'])) {
    return { failure: 'unreachable', why: 'its answer is not a page of applicaties' }
  }
  const { results, next } = page
  return typeof next === 'string' ? { results, next } : { results }
}

type Failed = Extract<Consultation, { failure: string }>

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function tokenOf({ clientId, secret, userId, userRepresentation }: Caller, clock: Clock): string {
  return zgwToken({ clientId, secret, userId, userRepresentation, now: clock.now() })
}

/** An API root as it is compared and put before a path. */
export function withSlash(apiRoot: string): string {
  return apiRoot.endsWith('/') ? apiRoot : `${apiRoot}/`
}
