// What real subscribers demand of a request and what they answer (real-clients §3), each as a function from
// the request to the answer; real-clients says from which code.
import { createHash, createHmac } from 'node:crypto'
import { canonicalJson } from '../../src/common/canonical-json.ts'
import type { Answer, ReceivedRequest } from '../support/receiver.ts'

/** One kind of subscriber. `key` is the Authorization that it gave out. */
export type Subscriber = (key: string) => (request: ReceivedRequest) => Answer

const MEMBERS = ['kanaal', 'hoofdObject', 'resource', 'resourceUrl', 'actie', 'aanmaakdatum', 'kenmerken'] as const
type Message = Partial<Record<(typeof MEMBERS)[number], unknown>> & Record<string, unknown>

const answer = (status: number): Answer => ({ status })

/** A body that is no JSON object breaks none of them; it lacks everything. */
function messageOf({ body }: ReceivedRequest): Message {
  const value: unknown = JSON.parse(body)
  return typeof value === 'object' && value !== null ? (value as Message) : {}
}

const isComplete = (message: Message): boolean => MEMBERS.every((name) => Object.hasOwn(message, name))
const isOneOf = (value: unknown, ...allowed: readonly string[]): boolean => allowed.includes(String(value))

function isMapOfText(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((each) => typeof each === 'string')
  )
}

/** Open Zaak and all that share its library: a ZGW JWT signed with `secret`, every member, no date in the future. */
export function maykinCallbacks(secret: string, now: () => number): (request: ReceivedRequest) => Answer {
  return (request) => {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const [input = '', signature] = token.split(/\.(?=[^.]*$)/)
    if (createHmac('sha256', secret).update(input).digest('base64url') !== signature) return answer(403)
    const { iat } = JSON.parse(Buffer.from(input.split('.')[1] ?? '', 'base64url').toString()) as { iat: number }
    if (now() / 1_000 - iat >= 3_600) return answer(403)
    const message = messageOf(request)
    if (!isComplete(message) || !isMapOfText(message.kenmerken)) return answer(400)
    return answer(Date.parse(String(message.aanmaakdatum)) > now() ? 400 : 204)
  }
}

/** GZAC: its raw key, and kenmerken. The test message is taken with any Authorization. What it keeps, it keeps once. */
export function gzacInbox(key: string): { answer: (request: ReceivedRequest) => Answer; events: Set<string> } {
  const events = new Set<string>()
  return {
    events,
    answer: (request) => {
      const { authorization } = request.headers
      const message = messageOf(request)
      if (!isMapOfText(message.kenmerken)) return answer(400)
      if (authorization === undefined) return answer(403)
      if (message.kanaal === 'test') return answer(204)
      if (authorization !== key) return answer(401)
      const { kanaal, resourceUrl, actie, hoofdObject, aanmaakdatum, kenmerken } = message
      const identity = canonicalJson([kanaal, resourceUrl, actie, hoofdObject, aanmaakdatum, kenmerken])
      events.add(createHash('sha256').update(identity).digest('hex'))
      return answer(204)
    },
  }
}

export const gzac: Subscriber = (key) => gzacInbox(key).answer

/** ZAC: its secret as it is, a time with a zone, and names that it knows. */
export const zac: Subscriber = (key) => (request) => {
  const message = messageOf(request)
  if (request.headers.authorization !== key) return answer(403)
  const known =
    isOneOf(message.kanaal, 'zaken', 'besluiten', 'documenten', 'objecten', 'zaaktypen', 'autorisaties', 'test') &&
    isOneOf(message.actie, 'create', 'update', 'partial_update', 'destroy', 'list')
  const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(String(message.aanmaakdatum))
  return answer(known && zoned && isMapOfText(message.kenmerken) ? 204 : 400)
}

/** NotifyNL-OMC: every member and no other; what it does not handle it skips with 206. */
export const omc: Subscriber = (key) => (request) => {
  if (request.headers.authorization !== key) return answer(401)
  const message = messageOf(request)
  if (!isComplete(message)) return answer(206)
  if (Object.keys(message).length > MEMBERS.length) return answer(206)
  if (!isOneOf(message.kanaal, 'zaken', 'objecten', 'besluiten')) return answer(206)
  return answer(202)
}

/** Open Inwoner: the token of its subscription, and zaken only. */
export const openInwoner: Subscriber = (key) => (request) => {
  if (request.headers.authorization !== key) return answer(401)
  const message = messageOf(request)
  if (!isComplete(message)) return answer(400)
  return answer(isOneOf(message.kanaal, 'zaken', 'test') ? 204 : 400)
}

/** Laravel tells what is wrong to who asks for JSON; whom it takes for a browser it sends to another page. */
function laravel({ headers }: ReceivedRequest, status: number, page: string): Answer {
  const wantsJson = /\/json|\+json/.test(headers.accept ?? '')
  return wantsJson ? answer(status) : { status: 302, headers: { location: page } }
}

/** Eventloket: a token with the right scope, and objects of the hosts that it is configured for. */
export const eventloket: Subscriber = (key) => (request) => {
  if (request.headers.authorization !== key) return laravel(request, 401, '/login')
  const message = messageOf(request)
  const onHost = (url: unknown): boolean => URL.canParse(String(url)) && new URL(String(url)).host === ZAKEN_HOST
  const valid =
    isOneOf(message.kanaal, 'zaken', 'objecten', 'documenten', 'besluiten', 'autorisaties', 'zaaktypen') &&
    isOneOf(message.actie, 'create', 'update', 'delete', 'partial_update', 'destroy') &&
    onHost(message.hoofdObject) &&
    onHost(message.resourceUrl)
  return valid ? answer(200) : laravel(request, 422, '/')
}

/** The host of the objects that Eventloket takes. */
export const ZAKEN_HOST = 'zaken.gemeente.nl'

/** Nijmegen's corsa-zgw. */
export const corsaZgw: Subscriber = (key) => (request) => {
  if (request.headers.authorization !== key) return laravel(request, 401, '/login')
  const { kanaal, resource, actie } = messageOf(request)
  const valid =
    isOneOf(kanaal, 'zaken', 'objecten') &&
    isOneOf(resource, 'zaak', 'status', 'zaakinformatieobject', 'resultaat') &&
    isOneOf(actie, 'create', 'update', 'delete')
  return valid ? answer(200) : laravel(request, 422, '/')
}

/** Nijmegen's mijn-services behind an API gateway; an older one, which has no kanaal "test". */
export const mijnServices: Subscriber = (key) => (request) => {
  if (request.headers.authorization !== key) return answer(401)
  const { kanaal, actie, kenmerken } = messageOf(request)
  return answer(kanaal !== 'test' && isOneOf(actie, 'create', 'update', 'delete') && isMapOfText(kenmerken) ? 200 : 400)
}

/** OpenNotificeerMolz: anybody may call it. */
export const molz: Subscriber = () => (request) => {
  const { kanaal, resource } = messageOf(request)
  if (kanaal !== 'zaken') return answer(400)
  return answer(resource === 'status' ? 200 : 202)
}

/** MijnZaakNotificaties: its XSD wants exactly three kenmerken and https. */
export const mijnZaakNotificaties: Subscriber = (key) => (request) => {
  if (request.headers.authorization !== key) return answer(401)
  const { kenmerken, hoofdObject, resourceUrl, resource } = messageOf(request)
  const isHttps = (url: unknown): boolean => String(url).startsWith('https://')
  const valid = Object.keys(kenmerken ?? {}).length === 3 && isHttps(hoofdObject) && isHttps(resourceUrl)
  if (!valid) return answer(400)
  return resource === 'status' ? answer(200) : { status: 202, body: 'rejected' }
}

/** The receiver of PodiumD's own tests: any Authorization that says something. */
export const podiumd: Subscriber = () => (request) => answer(request.headers.authorization ? 204 : 403)
