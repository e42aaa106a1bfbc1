import { isIP } from 'node:net'
import { comparableHost, parseAllowEntry, type AllowEntry } from '../common/allow-entry.ts'
import type { Settings } from '../common/model.ts'
import { addressKind, formsOf, type AddressKind } from './address-guard.ts'

/** `settings.egress`, taken apart once. */
export type EgressPolicy = { name: Settings['egress']['policy']; entries: readonly AllowEntry[] }

/** Where a connection is about to go. `host` is the name or literal in the URL, without brackets. */
export type Destination = { protocol: string; host: string; address: string }

const ALWAYS_DENIED: readonly AddressKind[] = [
  'loopback',
  'link-local',
  'metadata',
  'unspecified',
  'multicast',
  'reserved',
]
const DENIED = {
  private: new Set(ALWAYS_DENIED),
  public: new Set<AddressKind>([...ALWAYS_DENIED, 'private']),
}

/** An entry that does not parse allows nothing; validation of a document reports it. */
export function compilePolicy(settings: Settings['egress']): EgressPolicy {
  return {
    name: settings.policy,
    entries: settings.allow.map(parseAllowEntry).filter((entry) => entry !== undefined),
  }
}

/**
 * Why `destination` may not be connected to, as the end of a sentence that begins with its host; undefined
 * when it may. An allow entry overrides the policy, but a host name never opens a metadata address: whoever
 * controls the name could point it there, so those have to be allowed by address.
 */
export function denialOf(policy: EgressPolicy, destination: Destination): string | undefined {
  const kind = addressKind(destination.address)
  const covering = policy.entries.filter((entry) => covers(entry, destination, kind))
  if (policy.name === 'listed') return denialOfListed(covering, destination.protocol)
  if (covering.length > 0 || !DENIED[policy.name].has(kind)) return undefined
  return `leads to a ${kind} address, which policy ${policy.name} does not allow`
}

/** Names that lead to the machine itself, or to where clouds hand out credentials, whoever resolves them. */
const LOCAL_NAMES =
  /^(?:.+\.)?localhost(?:\.localdomain)?$|^ip6-(?:localhost|loopback)$|^metadata(?:\.google\.internal|\.goog)?$|^instance-data(?:\.ec2\.internal)?$/

/**
 * The same for a connection that a proxy makes, which resolves names itself: a literal address is judged as always, a
 * name by what it says alone. Where it leads is the proxy's to watch.
 */
export function denialOfName(
  policy: EgressPolicy,
  { protocol, host }: Omit<Destination, 'address'>,
): string | undefined {
  if (isIP(host) !== 0) return denialOf(policy, { protocol, host, address: host })
  const name = comparableHost(host)
  const covering = policy.entries.filter((entry) => entry.kind === 'host' && entry.host === name)
  if (policy.name === 'listed') return denialOfListed(covering, protocol)
  if (covering.length > 0 || !LOCAL_NAMES.test(name)) return undefined
  return `is a name of this machine or of a metadata service, which policy ${policy.name} does not allow`
}

function denialOfListed(covering: readonly AllowEntry[], protocol: string): string | undefined {
  if (covering.length === 0) return 'is not in egress.allow, as policy listed demands'
  if (protocol === 'https:' || covering.some((entry) => entry.plainHttp)) return undefined
  return 'may only be called over https under policy listed, unless egress.allow names it as http://...'
}

function covers(entry: AllowEntry, { host, address }: Destination, kind: AddressKind): boolean {
  if (entry.kind === 'host') return kind !== 'metadata' && entry.host === comparableHost(host)
  const [range, bits] = entry.range
  return formsOf(address).some((form) => form.kind() === range.kind() && form.match(range, bits))
}
