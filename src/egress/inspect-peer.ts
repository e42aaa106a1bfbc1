import type { TLSSocket } from 'node:tls'
import type { Settings } from '../common/model.ts'
import type { Secret } from '../common/secret.ts'
import { egressErrorFrom } from './egress-error.ts'
import { compilePolicy } from './egress-policy.ts'
import { guardedConnector, systemResolver, type Resolver } from './guarded-connector.ts'
import { NO_PROXIES, proxyFor, type Proxies } from './proxies.ts'
import { demandAllowed } from './proxy-agent.ts'
import { demandUrl } from './request-parts.ts'
import { secureContextFor, type TlsIdentity } from './secure-context.ts'
import { tunnelTo, type TunnelOptions } from './tunnel.ts'

/** What a server shows of itself when a TLS connection is made; times are epoch ms. */
export type PeerCertificate = {
  subject: string
  issuer: string
  /** The host names and addresses that it is for. */
  names: string[]
  validFrom: number
  validTo: number
  /** Why this machine does not trust it, as a code of OpenSSL or Node; undefined when it does. */
  distrust: string | undefined
}

export type InspectOptions = {
  policy: Settings['egress']
  timeoutMs: number
  resolver?: Resolver
  /** What the environment says; by default the connection is made directly. */
  proxies?: Proxies
  /** Whose certificates the connection is made with, and who is trusted besides the system's. */
  identity?: TlsIdentity | undefined
  egressCa?: Secret | undefined
}

/**
 * Connects to the host of an https `url` as a request would go, through the proxy for it or else through the address
 * guard, only to look at its certificate: nothing is sent, and a certificate that is not trusted is looked at too.
 * Throws EgressError when there is no TLS connection within `timeoutMs`.
 */
export async function inspectPeer(url: string, options: InspectOptions): Promise<PeerCertificate> {
  const target = demandUrl(url)
  const { policy, proxies = NO_PROXIES, egressCa, timeoutMs } = options
  const secureContext = secureContextFor(options.identity ?? {}, egressCa)
  // Looking at what is wrong is the point; no request ever goes over this connection.
  const tls = { rejectUnauthorized: false, ...(secureContext === undefined ? {} : { secureContext }) }
  const proxy = proxyFor(target, proxies)
  if (proxy !== undefined) demandAllowed(policy, target)
  const socket = await (
    proxy === undefined ? directly(target, options, tls) : tunnelTo(target, { proxy, egressCa, tls, timeoutMs })
  ).catch((error: unknown) => {
    throw egressErrorFrom(error, target.hostname)
  })
  try {
    return read(socket)
  } finally {
    socket.on('error', () => {}).destroy()
  }
}

function directly(
  { hostname, port, host, protocol }: URL,
  { policy, resolver = systemResolver, timeoutMs }: InspectOptions,
  tls: TunnelOptions['tls'],
): Promise<TLSSocket> {
  const connect = guardedConnector(compilePolicy(policy), { resolver, connectTimeoutMs: timeoutMs, tls })
  return new Promise((resolve, reject) => {
    connect({ hostname, host, protocol, port: port || '443' }, (error, connected) => {
      if (error === null) resolve(connected as TLSSocket)
      else reject(error)
    })
  })
}

function read(socket: TLSSocket): PeerCertificate {
  const { subject, issuer, subjectaltname = '', valid_from: from, valid_to: to } = socket.getPeerCertificate()
  // Typed as an Error, and a code or a message in fact.
  const distrust = socket.authorized ? undefined : String(socket.authorizationError)
  return {
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    names: subjectaltname.split(', ').flatMap((each) => /^(?:DNS|IP Address):(.+)$/.exec(each)?.[1] ?? []),
    validFrom: Date.parse(from),
    validTo: Date.parse(to),
    distrust,
  }
}

/** Each part may be there several times, whatever the types of Node say. */
function nameOf(name: { CN?: string | string[]; O?: string | string[] } | undefined): string {
  return [name?.CN ?? name?.O ?? 'unnamed'].flat().join(', ')
}
