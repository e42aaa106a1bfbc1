import type { TLSSocket } from 'node:tls'
import type { Settings } from '../common/model.ts'
import type { Secret } from '../common/secret.ts'
import { egressErrorFrom } from './egress-error.ts'
import { compilePolicy } from './egress-policy.ts'
import { guardedConnector, systemResolver, type Resolver } from './guarded-connector.ts'
import { demandUrl } from './request-parts.ts'
import { secureContextFor, type TlsIdentity } from './secure-context.ts'

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
  /** Whose certificates the connection is made with, and who is trusted besides the system's. */
  identity?: TlsIdentity | undefined
  egressCa?: Secret | undefined
}

/**
 * Connects to the host of an https `url`, through the address guard, only to look at its certificate:
 * nothing is sent, and a certificate that is not trusted is looked at too. Throws EgressError when there
 * is no TLS connection within `timeoutMs`.
 */
export async function inspectPeer(url: string, options: InspectOptions): Promise<PeerCertificate> {
  const { hostname, port, host, protocol } = demandUrl(url)
  const secureContext = secureContextFor(options.identity ?? {}, options.egressCa)
  const connect = guardedConnector(compilePolicy(options.policy), {
    resolver: options.resolver ?? systemResolver,
    connectTimeoutMs: options.timeoutMs,
    // Looking at what is wrong is the point; no request ever goes over this connection.
    tls: { rejectUnauthorized: false, ...(secureContext === undefined ? {} : { secureContext }) },
  })
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    connect({ hostname, host, protocol, port: port || '443' }, (error, connected) => {
      if (error === null) resolve(connected as TLSSocket)
      else reject(egressErrorFrom(error, hostname))
    })
  })
  try {
    return read(socket)
  } finally {
    socket.on('error', () => {}).destroy()
  }
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
