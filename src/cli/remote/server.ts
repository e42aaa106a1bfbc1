import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { Agent, request } from 'undici'
import type { Diagnostic } from '../../common/diagnostics.ts'
import { variableOrFile } from '../../common/environment.ts'
import { Failure, messageOf } from '../../common/failure.ts'
import { Secret } from '../../common/secret.ts'
import { OPERATE_FORMAT } from '../../http/operate/protocol.ts'
import type { Invocation } from '../command.ts'
import { EXIT } from '../exit-codes.ts'

/** Flags that say something of a database, or need one here. */
const NOT_WITH_SERVER = ['database-url', 'wait-for-db', 'out']

/** A running server, as the command line calls it. */
export type Server = {
  /** Throws the Failure that the server answers with; `unreachable` when there is no such answer. */
  post(path: string, body: object, waitMs: number, headers?: Record<string, string>): Promise<unknown>
  get(path: string, headers?: Record<string, string>): Promise<unknown>
}

/** For an answer, beside the time that the server was asked to wait. */
const ANSWER_WITHIN_MS = 120_000
const CONNECT_WITHIN_MS = 10_000

/**
 * The server that `--server` names, with the token of BODE_SERVER_TOKEN or BODE_SERVER_TOKEN_FILE. Throws
 * Failure `usage` for an address that would show the token to others, `secret` without a token.
 */
export function serverOf({ flags, environment, io }: Invocation): Server {
  const clash = NOT_WITH_SERVER.find((name) => flags.text(name) !== undefined)
  if (clash !== undefined)
    throw new Failure('usage', `--${clash} does not go with --server: the server has the database`)
  const url = serverUrl(flags.text('server') ?? '')
  const token = readToken(environment)
  const file = flags.text('server-ca')
  const ca = file === undefined ? {} : { ca: readCa(resolve(io.cwd, file)) }
  const call = async (path: string, rest: Omit<Call, 'url' | 'token'>): Promise<unknown> => {
    const agent = new Agent({ connect: { timeout: CONNECT_WITHIN_MS, ...ca } })
    try {
      return await send(agent, { url: `${url}/operate/v1${path}`, token, ...rest })
    } finally {
      await agent.close()
    }
  }
  return {
    post: (path, body, waitMs, headers = {}) => call(path, { method: 'POST', body, waitMs, headers }),
    get: (path, headers = {}) => call(path, { method: 'GET', waitMs: 0, headers }),
  }
}

function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.search !== '') {
    throw new Failure('usage', '--server is the URL of a server, like https://bode.example.nl')
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    const why = 'over http the token could be read on the way'
    throw new Failure('usage', `--server must be https: ${why} (http is for 127.0.0.1 and localhost only)`)
  }
  return url.href.replace(/\/+$/, '')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'))
}

function readToken(environment: Invocation['environment']): Secret {
  const advice = 'set BODE_SERVER_TOKEN or BODE_SERVER_TOKEN_FILE to the BODE_OPERATE_TOKEN of the server'
  let token: string | undefined
  try {
    token = variableOrFile(environment, 'BODE_SERVER_TOKEN')
  } catch (error) {
    throw new Failure('secret', `no token for --server: ${messageOf(error)}`, { cause: error })
  }
  if (!token) throw new Failure('secret', `no token for --server: ${advice}`)
  if (!/^[\x21-\x7E]+$/.test(token)) throw new Failure('secret', `the token for --server has spaces in it; ${advice}`)
  return new Secret(token)
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Failure('invalid', `cannot read --server-ca: ${messageOf(error)}`, { cause: error })
  }
}

type Call = {
  url: string
  token: Secret
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body?: object
  waitMs: number
}

async function send(agent: Agent, { url, token, method, headers, body, waitMs }: Call): Promise<unknown> {
  const { origin } = new URL(url)
  const timeout = waitMs + ANSWER_WITHIN_MS
  let status: number
  let text: string
  try {
    const response = await request(url, {
      dispatcher: agent,
      method,
      headers: {
        ...headers,
        authorization: `Bearer ${token.reveal()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headersTimeout: timeout,
      bodyTimeout: timeout,
    })
    status = response.statusCode
    text = await response.body.text()
  } catch (error) {
    throw new Failure('unreachable', `the server ${origin} does not answer: ${reasonOf(error)}`, { cause: error })
  }
  const answer = asAnswer(text)
  if (answer === undefined) {
    const what = `what answers at ${origin} (HTTP ${status}) is not the operators' API of Bode`
    throw new Failure('unreachable', `${what}; is it the address of BODE_OPERATE_PORT?`)
  }
  if (answer.error === undefined) return answer
  throw failureOf(answer.error, answer.diagnostics ?? [], origin)
}

type Answer = { error?: { kind: string; message: string }; diagnostics?: Diagnostic[] }

function asAnswer(text: string): Answer | undefined {
  try {
    const value = JSON.parse(text) as (Answer & { format?: unknown }) | null
    return value?.format === OPERATE_FORMAT ? value : undefined
  } catch {
    return undefined
  }
}

/** The failure as it would be here, so that the exit code is the same. */
function failureOf({ kind, message }: { kind: string; message: string }, diagnostics: Diagnostic[], origin: string) {
  if (isFailureKind(kind)) return new Failure(kind, message, { diagnostics })
  return new Error(`the server ${origin} answered: ${message}`)
}

function isFailureKind(kind: string): kind is Failure['kind'] {
  const others: readonly string[] = ['ok', 'internal', 'changes', 'interrupted', 'terminated']
  return Object.hasOwn(EXIT, kind) && !others.includes(kind)
}

/** The errors of every address that was tried are inside the one that is thrown. */
function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return messageOf(first) || ((first as NodeJS.ErrnoException).code ?? 'unknown error')
}
