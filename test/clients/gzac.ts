// What GZAC (Valtimo) does: a Kotlin client on Spring, which sends its bodies in chunks and reads answers
// into classes that allow no member to be missing.
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { makeToken, SECRET } from '../support/token.ts'
import { jsonOf, lastSegment, listOf, send, type Reply, type Sent } from './support.ts'

/** What a 4xx is read into. An answer that does not fit is an error of another kind. */
export class NotificatiesApiException extends Error {
  override readonly name = 'NotificatiesApiException'
  readonly fout: Record<string, unknown>

  constructor(reply: Reply) {
    const fout = jsonOf(reply)
    for (const name of ['type', 'code', 'title', 'detail', 'instance']) {
      if (typeof fout[name] !== 'string') throw new TypeError(`${name} is not text`)
    }
    if (!Number.isInteger(fout['status'])) throw new TypeError('status is no number')
    for (const param of (fout['invalidParams'] ?? []) as Record<string, unknown>[]) {
      if ([param['name'], param['code'], param['reason']].some((each) => typeof each !== 'string')) {
        throw new TypeError('an invalidParam is not complete')
      }
    }
    super(String(fout['code']))
    this.fout = fout
  }
}

export type GzacNotificatie = {
  kanaal: string
  hoofdObject: string
  resource: string
  resourceUrl: string
  actie: string
  /** A LocalDateTime: no zone and no offset. */
  aanmaakdatum: string
  kenmerken?: Record<string, string>
}

type KanaalFilter = { naam: string; filters: Record<string, string> }

export type GzacOptions = {
  apiRoot: string
  now: () => number
  callbackUrl: string
  kanalen: KanaalFilter[]
}

export class Gzac {
  /** Its own table: the abonnement that it registered, with the key that it gave out. */
  link: { url: string; auth: string } | undefined
  readonly #options: GzacOptions

  constructor(options: GzacOptions) {
    this.#options = options
  }

  /** Publishes and reads the answer as the message that it sent. Throws when there is none. */
  async publish(notificatie: GzacNotificatie): Promise<GzacNotificatie> {
    const reply = await this.#exchange('POST', 'notificaties', notificatie)
    const echo = jsonOf(reply)
    for (const name of ['kanaal', 'hoofdObject', 'resource', 'resourceUrl', 'actie', 'aanmaakdatum']) {
      if (typeof echo[name] !== 'string') throw new TypeError(`${name} is not text`)
    }
    // A LocalDateTime is read from a time with a Z, not from one with an offset.
    const local = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?)Z?$/.exec(String(echo['aanmaakdatum']))?.[1]
    if (local === undefined) throw new TypeError('aanmaakdatum is no LocalDateTime')
    return { ...(echo as GzacNotificatie), aanmaakdatum: local }
  }

  /**
   * What happens at every start: what has its callbackUrl and is not in its table is deleted, the kanalen that
   * it listens to are made, its own abonnement is made or replaced. Tries three times.
   */
  async start(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#register()
      } catch (error) {
        if (tries === 3) throw error
      }
    }
  }

  async #register(): Promise<void> {
    const { callbackUrl, kanalen } = this.#options
    const abonnementen = listOf(await this.#exchange('GET', 'abonnement'))
    for (const { url, callbackUrl: theirs } of abonnementen) {
      if (theirs === callbackUrl && url !== this.link?.url) {
        await this.#exchange('DELETE', `abonnement/${lastSegment(String(url))}`)
      }
    }
    const existing = new Set(listOf(await this.#exchange('GET', 'kanaal')).map(({ naam }) => naam))
    for (const { naam } of kanalen) {
      if (!existing.has(naam)) await this.#exchange('POST', 'kanaal', { naam, filters: [] })
    }
    const auth = this.link?.auth ?? randomBytes(32).toString('base64')
    const known = this.link !== undefined && abonnementen.some(({ url }) => url === this.link?.url)
    const path = known ? `abonnement/${lastSegment(this.link?.url ?? '')}` : 'abonnement'
    const reply = await this.#exchange(known ? 'PUT' : 'POST', path, { callbackUrl, auth, kanalen })
    this.link = { url: String(jsonOf(reply)['url']), auth }
  }

  async #exchange(method: Sent['method'], path: string, body?: object): Promise<Reply> {
    const { apiRoot, now } = this.#options
    const claims = { iss: 'gzac', user_id: 'valtimo', user_representation: '', roles: [] }
    const token = makeToken({ clientId: 'gzac', secret: SECRET, now: now(), claims })
    const reply = await send({
      method,
      url: `${apiRoot}${path}`,
      headers: {
        authorization: `Bearer ${token}`,
        // What an older Java says when there is no type to read.
        accept:
          method === 'DELETE'
            ? 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'
            : 'application/json, application/*+json',
        'user-agent': 'Java-http-client/21.0.2',
        // On plain HTTP it offers the next version with every first request.
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: Readable.from([JSON.stringify(body)]) }),
    })
    if (reply.status >= 400 && reply.status < 500) throw new NotificatiesApiException(reply)
    if (reply.status >= 500) throw new Error(`HTTP ${reply.status}`)
    return reply
  }
}
