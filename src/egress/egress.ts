import { performance } from 'node:perf_hooks'
import { Agent, type Dispatcher } from 'undici'
import type { Settings } from '../common/model.ts'
import type { Secret } from '../common/secret.ts'
import { Agents } from './agents.ts'
import { EgressError, egressErrorFrom } from './egress-error.ts'
import { compilePolicy } from './egress-policy.ts'
import { guardedConnector, systemResolver, type Resolver } from './guarded-connector.ts'
import { exchange, type Answer, type Limit } from './exchange.ts'
import { demandAllowed, proxyAgent } from './proxy-agent.ts'
import { NO_PROXIES, proxyFor, type Proxies } from './proxies.ts'
import { demandHeaders, demandUrl } from './request-parts.ts'
import { diedUnanswered } from './unanswered.ts'
import { materialDigest, secureContextFor, type TlsIdentity } from './secure-context.ts'

/** Every request that Bode makes to another system goes through here, and so through the address guard. */
export type Egress = {
  /**
   * Sends one request and reads at most `maxResponseBytes` of the answer. Redirects are not followed: a 3xx is an
   * answer like any other. A kept connection that turns out to be dead is replaced, once. Throws EgressError when
   * there is no answer within `timeoutMs`.
   */
  request(request: EgressRequest): Promise<EgressResponse>
  /** Waits for what is under way, then closes the kept connections. */
  close(): Promise<void>
}

export type EgressRequest = {
  url: string
  method: 'GET' | 'POST'
  /** Names in lower case. Values are visible ASCII, else EgressError `header`. */
  headers: Readonly<Record<string, string>>
  body?: string
  /** For everything together: DNS, connect, TLS, headers and body. */
  timeoutMs: number
  maxResponseBytes: number
  /** Whose certificates the connection is made with; without it nobody's. */
  identity?: TlsIdentity | undefined
  /** Gives the request up at once: EgressError `aborted`. */
  signal?: AbortSignal
}

/** `body`: the first `maxResponseBytes` at most. */
export type EgressResponse = Answer & { durationMs: number }

export type EgressOptions = {
  /** `settings.egress` as it is now; a new value takes effect with the next request. */
  policy: () => Settings['egress']
  /** Certificates that are trusted besides the system's, as they are now. */
  ca?: () => Secret | undefined
  /** What the environment says; the guard then judges names and literals, and the proxy resolves. */
  proxies?: Proxies
  resolver?: Resolver
  connectTimeoutMs?: number
}

const CONNECT_TIMEOUT_MS = 5_000
const MAX_HEADER_BYTES = 16_384
/** Subscribers with certificates of their own that are called at about the same time. */
const MAX_AGENTS = 128
/** No object has this name: names of objects are made of more than a slash. */
const NOBODY: TlsIdentity = { name: '/' }

export function createEgress(options: EgressOptions): Egress {
  const { resolver = systemResolver, connectTimeoutMs = CONNECT_TIMEOUT_MS, proxies = NO_PROXIES } = options
  const agents = new Agents(MAX_AGENTS)
  let policyState = ''

  /** A connection that an older policy allowed, or that was made with other certificates, is not used any more. */
  function agentFor(url: URL, identity: TlsIdentity): Dispatcher {
    const policy = options.policy()
    const proxy = proxyFor(url, proxies)
    if (proxy !== undefined) demandAllowed(policy, url)
    const ca = options.ca?.()
    const state = `${policy.policy} ${policy.allow.join(' ')}`
    if (state !== policyState) agents.keepOnly((each) => each.startsWith(`${state}\n`))
    policyState = state
    return agents.for(
      { name: `${identity.name} ${proxy?.url ?? ''}`, state: `${state}\n${materialDigest(identity, ca)}` },
      () => {
        const secureContext = secureContextFor(identity, ca)
        const tls = secureContext === undefined ? {} : { secureContext }
        if (proxy !== undefined)
          return proxyAgent(proxy, { tls, egressCa: ca, connectTimeoutMs, maxHeaderSize: MAX_HEADER_BYTES })
        const connect = guardedConnector(compilePolicy(policy), { resolver, connectTimeoutMs, tls })
        return new Agent({ connect, pipelining: 1, maxHeaderSize: MAX_HEADER_BYTES })
      },
    )
  }

  return {
    request: async (request) => send((url) => agentFor(url, request.identity ?? NOBODY), request),
    close: () => agents.close(),
  }
}

async function send(agentFor: (url: URL) => Dispatcher, request: EgressRequest): Promise<EgressResponse> {
  const url = demandUrl(request.url)
  demandHeaders(request.headers)
  const startedAt = performance.now()
  const options = dispatchOptions(url, request)
  const time = limitTime(request, url.hostname)
  try {
    const answer = await again(() => exchange(agentFor(url), options, request.maxResponseBytes, time.limit))
    return { ...answer, durationMs: performance.now() - startedAt }
  } catch (error) {
    throw egressErrorFrom(error, url.hostname)
  } finally {
    time.release()
  }
}

/** Once more, at once, when a kept connection turned out to be closed (delivery.md §6). */
async function again<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (!diedUnanswered(error)) throw error
    return attempt()
  }
}

function dispatchOptions(url: URL, request: EgressRequest): Dispatcher.DispatchOptions {
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method,
    headers: { ...request.headers, 'accept-encoding': 'identity' },
    body: request.body ?? null,
    headersTimeout: request.timeoutMs,
    bodyTimeout: request.timeoutMs,
  }
}

/** One deadline for the whole request, and the caller's own way to give up. */
function limitTime(request: EgressRequest, host: string): { limit: Limit; release(): void } {
  const limit: Limit = { reason: undefined, onReached: () => {} }
  const reach = (reason: EgressError): void => {
    if (limit.reason !== undefined) return
    limit.reason = reason
    limit.onReached(reason)
  }
  const timer = setTimeout(
    () => reach(new EgressError('timeout', `${host}: no answer within ${request.timeoutMs} ms`)),
    request.timeoutMs,
  )
  const giveUp = (): void => reach(new EgressError('aborted', `${host}: given up`))
  if (request.signal?.aborted === true) giveUp()
  else request.signal?.addEventListener('abort', giveUp, { once: true })
  return {
    limit,
    release: () => {
      clearTimeout(timer)
      request.signal?.removeEventListener('abort', giveUp)
    },
  }
}
