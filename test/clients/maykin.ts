// What Open Zaak, the Objects API, Open Klant and Open Product do: they share one Python library, whose HTTP
// client is requests.
import { makeToken, SECRET } from '../support/token.ts'
import { jsonOf, listOf, send, type Reply, type Sent } from './support.ts'

/** A url that the client will not call. */
export class InvalidUrl extends Error {
  override readonly name = 'InvalidUrl'
}

/** An answer of 400 or more. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly reply: Reply

  constructor(reply: Reply) {
    super(`HTTP ${reply.status}`)
    this.reply = reply
  }
}

export type MaykinOptions = {
  /** Ends in a slash. */
  apiRoot: string
  now: () => number
  clientId?: string
  /** Instead of a ZGW JWT. */
  authorization?: string
  via?: string
}

export type Kanaal = { naam: string; documentatieLink: string; filters: readonly string[] }

const TWELVE_HOURS = 43_200

export class MaykinClient {
  readonly #options: MaykinOptions

  constructor(options: MaykinOptions) {
    this.#options = options
  }

  /** Joins a path to the API root. An absolute url must lie below it, so that credentials go nowhere else. */
  async call(method: Sent['method'], url: string, json?: unknown, contentType = 'application/json'): Promise<Reply> {
    const { apiRoot, authorization = this.#bearer(), via } = this.#options
    const isAbsolute = /^https?:\/\//.test(url)
    if (isAbsolute && !url.startsWith(apiRoot)) throw new InvalidUrl(url)
    return send({
      method,
      url: isAbsolute ? url : `${apiRoot}${url}`,
      headers: {
        'user-agent': 'python-requests/2.32.3',
        'accept-encoding': 'gzip, deflate',
        accept: '*/*',
        authorization,
        ...(json === undefined ? {} : { 'content-type': contentType }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(via === undefined ? {} : { via }),
    })
  }

  /** Only the status counts; the answer is not read. */
  async sendNotification(message: object): Promise<void> {
    raiseForStatus(await this.call('POST', 'notificaties', message))
  }

  /** As `sendNotification`, for what is a CloudEvent from the start. */
  async sendCloudEvent(event: object): Promise<void> {
    raiseForStatus(await this.call('POST', 'cloudevents', event, 'application/cloudevents+json'))
  }

  /** For each kanaal: what is there is replaced at its own url, what is not is made. Says what came of it. */
  async registerKanalen(kanalen: readonly Kanaal[]): Promise<string[]> {
    const outcomes: string[] = []
    for (const kanaal of kanalen) {
      try {
        outcomes.push(await this.#registerKanaal(kanaal))
      } catch (error) {
        outcomes.push(`skipped ${kanaal.naam}: ${(error as Error).name} ${(error as Error).message}`)
      }
    }
    return outcomes
  }

  async #registerKanaal(kanaal: Kanaal): Promise<string> {
    const found = await this.call('GET', `kanaal?naam=${encodeURIComponent(kanaal.naam)}`)
    raiseForStatus(found)
    const [existing] = listOf(found)
    const written =
      existing === undefined
        ? await this.call('POST', 'kanaal', kanaal)
        : await this.call('PUT', String(existing['url']), kanaal)
    // Read before the status is looked at: an error must be JSON as well.
    jsonOf(written)
    raiseForStatus(written)
    return existing === undefined ? `created ${kanaal.naam}` : `updated ${kanaal.naam}`
  }

  /** Registers a webhook; the token that the other side is to use is made once. Returns what it remembers. */
  async subscribe(callbackUrl: string, channels: readonly string[], auth: string): Promise<string> {
    const kanalen = channels.map((naam) => ({ naam, filters: {} }))
    const reply = await this.call('POST', 'abonnement', { callbackUrl, auth, kanalen })
    raiseForStatus(reply)
    return String(jsonOf(reply)['url'])
  }

  #bearer(): string {
    const { clientId = 'openzaak', now } = this.#options
    return maykinBearer({ clientId, secret: SECRET, now: now() })
  }
}

/** The token that these components make: valid for twelve hours by its own account. */
export function maykinBearer(parts: { clientId: string; secret: string; now: number }): string {
  const exp = Math.floor(parts.now / 1_000) + TWELVE_HOURS
  return `Bearer ${makeToken({ ...parts, claims: { exp, user_id: '', user_representation: '' } })}`
}

function raiseForStatus(reply: Reply): void {
  if (reply.status >= 400) throw new HttpError(reply)
}
