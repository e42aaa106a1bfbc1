// What the PHP clients share (laravel-zgw-client): a token of five minutes, and Laravel's HTTP client, which names
// JSON as content type on every request.
import { makeToken, SECRET } from '../support/token.ts'
import { send, type Reply, type Sent } from './support.ts'

export type PhpOptions = { baseUrl: string; clientId: string; now: () => number }

export class PhpClient {
  readonly #options: PhpOptions

  constructor(options: PhpOptions) {
    this.#options = options
  }

  /** A path below the base url, or an absolute url. Throws an Error for an answer of 400 or more. */
  async call(method: Sent['method'], url: string, payload?: object): Promise<Reply> {
    const { baseUrl, clientId, now } = this.#options
    const exp = Math.floor(now() / 1_000) + 300
    const claims = { exp, user_id: 'eventloket', user_representation: 'Eventloket' }
    const reply = await send({
      method,
      url: url.startsWith('http') ? url : `${baseUrl}${url}`,
      headers: {
        'user-agent': 'GuzzleHttp/7',
        'content-type': 'application/json',
        accept: 'application/json',
        'accept-crs': 'EPSG:4326',
        'content-crs': 'EPSG:4326',
        authorization: `Bearer ${makeToken({ clientId, secret: SECRET, now: now(), claims })}`,
      },
      ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
    })
    if (reply.status >= 400) throw new Error(`HTTP ${reply.status}: ${reply.text}`)
    return reply
  }
}
