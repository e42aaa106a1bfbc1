import { lookup as dnsLookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { buildConnector } from 'undici'
import { bareHost } from './bare-host.ts'
import { denialOf, type EgressPolicy } from './egress-policy.ts'
import { EgressError } from './egress-error.ts'

/** Every address of a host name; rejects with a `code` such as ENOTFOUND. */
export type Resolver = (host: string) => Promise<readonly ResolvedAddress[]>
export type ResolvedAddress = { address: string; family: number }

/** The resolver of the operating system (hosts file, search domains of a cluster). */
export const systemResolver: Resolver = (host) => dnsLookup(host, { all: true, verbatim: true })

/**
 * A connector for undici that connects to vetted addresses only. A host name is resolved once, its
 * addresses are judged and the socket goes to one that passed: nothing is resolved again in between, so
 * a name that changes its mind (DNS rebinding) gains nothing. Host header and TLS name stay the original.
 */
export function guardedConnector(
  policy: EgressPolicy,
  options: {
    resolver: Resolver
    connectTimeoutMs: number
    tls?: Pick<ConnectionOptions, 'secureContext' | 'rejectUnauthorized'>
  },
): buildConnector.connector {
  const connectorFor = (protocol: string): buildConnector.connector =>
    buildConnector({
      ...options.tls,
      timeout: options.connectTimeoutMs,
      lookup: guardedLookup(policy, protocol, options.resolver),
    })
  const [http, https] = [connectorFor('http:'), connectorFor('https:')]
  return (target, callback) => {
    const host = bareHost(target.hostname)
    // Node does not call `lookup` for a literal address, so it is judged here.
    const denial = isIP(host) === 0 ? undefined : denialOf(policy, { protocol: target.protocol, host, address: host })
    if (denial !== undefined) return callback(new EgressError('denied', `${host} ${denial}`), null)
    return (target.protocol === 'https:' ? https : http)(target, callback)
  }
}

function guardedLookup(policy: EgressPolicy, protocol: string, resolver: Resolver): LookupFunction {
  return (host, options, callback) => {
    const answer = async (): Promise<void> => {
      const found = await vettedAddresses(policy, { protocol, host }, resolver)
      if (!Array.isArray(found)) callback(found, '', 0)
      else if (options.all === true) callback(null, found)
      else callback(null, (found[0] as ResolvedAddress).address, (found[0] as ResolvedAddress).family)
    }
    void answer()
  }
}

/** At least one address that passed, or why there is none. Never rejects. */
async function vettedAddresses(
  policy: EgressPolicy,
  target: { protocol: string; host: string },
  resolver: Resolver,
): Promise<ResolvedAddress[] | Error> {
  try {
    const judged = (await resolver(target.host)).map((each) => ({
      each,
      denial: denialOf(policy, { ...target, ...each }),
    }))
    const vetted = judged.filter(({ denial }) => denial === undefined).map(({ each }) => each)
    if (vetted.length > 0) return vetted
    const denial = judged[0]?.denial
    return denial === undefined
      ? new EgressError('dns', `${target.host}: the host name has no address`)
      : new EgressError('denied', `${target.host} ${denial}`)
  } catch (error) {
    return error as Error
  }
}
