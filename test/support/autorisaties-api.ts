import { createHmac } from 'node:crypto'
import { Receiver, type Answer, type ReceivedRequest } from './receiver.ts'
import type { Test } from 'tap'

export type TestApplicatie = {
  clientIds: string[]
  heeftAlleAutorisaties?: boolean
  autorisaties?: unknown[]
}

/**
 * A real Autorisaties API on 127.0.0.1: it checks the JWT it gets, filters on clientIds, answers in
 * pages, and fails when a test says so.
 */
export class AutorisatiesApi {
  /** Whose token it accepts. */
  clientId = 'bode'
  secret = 'secret-of-bode-at-the-autorisaties-api'
  pageSize = 100
  /** When set, every request gets this answer. */
  failure: Answer | undefined
  #applicaties: TestApplicatie[] = []
  readonly #receiver: Receiver

  constructor(receiver: Receiver) {
    this.#receiver = receiver
    receiver.answer((request) => this.failure ?? this.#respond(request))
  }

  static async start(t: Test): Promise<AutorisatiesApi> {
    return new AutorisatiesApi(await Receiver.start(t))
  }

  get apiRoot(): string {
    return `${this.#receiver.url}/autorisaties/api/v1/`
  }

  get requests(): readonly ReceivedRequest[] {
    return this.#receiver.requests
  }

  /** The URL of the applicatie that was given as number `index`; a uuid with a letter in it. */
  urlOf(index: number): string {
    return `${this.apiRoot}applicaties/abcdef00-0000-4000-8000-${String(index).padStart(12, '0')}`
  }

  /** Replaces what it knows. Scopes are given for component nrc. */
  knows(...applicaties: (TestApplicatie & { scopes?: string[] })[]): void {
    this.#applicaties = applicaties.map(({ scopes, ...applicatie }, index) => ({
      url: this.urlOf(index),
      label: 'test',
      heeftAlleAutorisaties: false,
      autorisaties: scopes === undefined ? [] : [{ component: 'nrc', scopes }],
      ...applicatie,
    }))
  }

  #respond({ path, headers }: ReceivedRequest): Answer {
    if (!this.#isOurToken(headers.authorization)) return json(403, { code: 'not_authenticated', status: 403 })
    const url = new URL(path, this.apiRoot)
    if (url.pathname !== '/autorisaties/api/v1/applicaties') return json(404, { code: 'not_found', status: 404 })
    const clientId = url.searchParams.get('clientIds') ?? ''
    const found = this.#applicaties.filter(({ clientIds }) => clientIds.includes(clientId))
    const page = Number(url.searchParams.get('page') ?? 1)
    const end = page * this.pageSize
    url.searchParams.set('page', String(page + 1))
    return json(200, {
      count: found.length,
      next: end < found.length ? url.href : null,
      previous: null,
      results: found.slice(end - this.pageSize, end),
    })
  }

  #isOurToken(authorization = ''): boolean {
    const [input = '', signature] = authorization.replace('Bearer ', '').split(/\.(?=[^.]*$)/)
    const claims = JSON.parse(Buffer.from(input.split('.')[1] ?? '', 'base64url').toString() || '{}') as object
    const expected = createHmac('sha256', this.secret).update(input).digest('base64url')
    return signature === expected && (claims as { client_id?: string }).client_id === this.clientId
  }
}

function json(status: number, body: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
