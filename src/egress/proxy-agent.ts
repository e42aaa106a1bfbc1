import type { SecureContext } from 'node:tls'
import { Pool, ProxyAgent } from 'undici'
import type { EgressSettings } from '../common/model.ts'
import type { Secret } from '../common/secret.ts'
import { bareHost } from './bare-host.ts'
import { EgressError } from './egress-error.ts'
import { compilePolicy, denialOfName } from './egress-policy.ts'
import type { Proxy } from './proxies.ts'
import { secureContextFor } from './secure-context.ts'

/** Throws EgressError `denied` for a name or literal that the policy does not allow to be asked of a proxy. */
export function demandAllowed(settings: EgressSettings, { protocol, hostname }: URL): void {
  const host = bareHost(hostname)
  const denial = denialOfName(compilePolicy(settings), { protocol, host })
  if (denial !== undefined) throw new EgressError('denied', `${host} ${denial}`)
}

/** An agent whose connections all go through `proxy`: a tunnel for https, a request that names the URL for http. */
export function proxyAgent(
  { url, authorization }: Proxy,
  options: {
    tls: { secureContext?: SecureContext }
    /** For the connection to the proxy itself: who is trusted besides whom the system trusts. */
    egressCa: Secret | undefined
    connectTimeoutMs: number
    maxHeaderSize: number
  },
): ProxyAgent {
  const { tls, egressCa, connectTimeoutMs, maxHeaderSize } = options
  const secureContext = secureContextFor({}, egressCa)
  return new ProxyAgent({
    uri: url,
    ...(authorization === undefined ? {} : { token: authorization.reveal() }),
    proxyTunnel: false,
    requestTls: { ...tls, timeout: connectTimeoutMs },
    proxyTls: { timeout: connectTimeoutMs, ...(secureContext === undefined ? {} : { secureContext }) },
    // A proxy that does not answer to CONNECT must not keep a connection waiting for minutes.
    clientFactory: (origin, more) => new Pool(origin, { ...more, headersTimeout: connectTimeoutMs }),
    pipelining: 1,
    maxHeaderSize,
  })
}
