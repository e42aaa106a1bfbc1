import { applicatiesUrl, MAX_PAGES, requestPage, withSlash, type Caller } from '../../autorisaties/autorisaties-api.ts'
import type { Clock } from '../../common/clock.ts'
import { isObject } from '../../common/field-rules.ts'
import type { AutorisatiesSpec } from '../../common/model.ts'
import { EgressError } from '../../egress/egress-error.ts'
import type { Egress, EgressResponse } from '../../egress/egress.ts'

/** What went wrong with a question to the Autorisaties API, as data; `page` counts from 1. */
export type Trouble = { page: number } & (
  | { kind: 'no-answer'; error: EgressError }
  /** `code` is the one in the problem document; `location` where a redirect leads, without its query. */
  | { kind: 'status'; status: number; code: string | undefined; location: string | undefined }
  | { kind: 'not-json'; html: boolean }
  | { kind: 'not-a-page' }
  /** The next page is not under the API root, so a server does not read it. */
  | { kind: 'elsewhere'; origin: string }
)

export type Asked = {
  results: unknown[]
  trouble: Trouble | undefined
  /** Its clock minus ours, in ms, give or take a second; undefined without a usable Date header. */
  clockLeadMs: number | undefined
}

/**
 * Asks for the applicaties of a client id, page by page, exactly as a running server does
 * (autorisaties/autorisaties-api.ts), but remembers what went wrong. Throws nothing that is expected.
 */
export async function askApplicaties(
  spec: AutorisatiesSpec,
  clientId: string,
  { caller, egress, clock }: { caller: Caller; egress: Egress; clock: Clock },
): Promise<Asked> {
  const asked: Asked = { results: [], trouble: undefined, clockLeadMs: undefined }
  const root = withSlash(spec.apiRoot)
  let url: string | undefined = applicatiesUrl(spec, clientId)
  for (let page = 1; url !== undefined && page <= MAX_PAGES; page += 1) {
    const before = clock.now()
    let response: EgressResponse
    try {
      response = await requestPage(url, caller, { egress, clock })
    } catch (error) {
      if (!(error instanceof EgressError)) throw error
      return { ...asked, trouble: { page, kind: 'no-answer', error } }
    }
    asked.clockLeadMs ??= clockLead(response, before, clock.now())
    const read = readPage(response)
    if ('kind' in read) return { ...asked, trouble: { page, ...read } }
    asked.results.push(...read.results)
    if (read.next !== undefined && !read.next.startsWith(root)) {
      return { ...asked, trouble: { page: page + 1, kind: 'elsewhere', origin: originOf(read.next) } }
    }
    url = read.next
  }
  return asked
}

type ReadPage = { results: unknown[]; next: string | undefined }
type PageTrouble = Trouble extends infer T ? (T extends { page: number } ? Omit<T, 'page'> : never) : never

function readPage({ status, headers, body, truncated }: EgressResponse): ReadPage | PageTrouble {
  const json = truncated ? undefined : parse(body)
  if (status !== 200) return { kind: 'status', status, code: codeOf(json), location: locationOf(headers['location']) }
  if (json === undefined) return { kind: 'not-json', html: /^\s*</.test(body.subarray(0, 200).toString('latin1')) }
  if (!isObject(json) || !Array.isArray(json['results'])) return { kind: 'not-a-page' }
  return { results: json['results'], next: typeof json['next'] === 'string' ? json['next'] : undefined }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}

/** Only what looks like a code is repeated: the rest of an answer may hold anything. */
function codeOf(json: unknown): string | undefined {
  const code = isObject(json) ? json['code'] : undefined
  return typeof code === 'string' && /^[a-z0-9_-]{1,60}$/i.test(code) ? code : undefined
}

function locationOf(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined
  if (!URL.canParse(header)) return /^\/[\w./-]{0,200}$/.test(header) ? header : undefined
  const { origin, pathname } = new URL(header)
  return `${origin}${pathname}`
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'another place'
}

/**
 * The middle of the round trip is taken for the moment of the answer, and the header counts whole seconds:
 * what can come from that alone is no difference.
 */
function clockLead({ headers }: EgressResponse, before: number, after: number): number | undefined {
  const date = typeof headers['date'] === 'string' ? Date.parse(headers['date']) : Number.NaN
  if (Number.isNaN(date)) return undefined
  const lead = Math.round(date + 500 - (before + after) / 2)
  return Math.abs(lead) <= (after - before) / 2 + 500 ? 0 : lead
}
