import ipaddr from 'ipaddr.js'
import type { Address } from '../common/allow-entry.ts'

/** What an address leads to. `private` is RFC 1918, unique local, site-local and carrier-grade NAT. */
export type AddressKind =
  | 'public'
  | 'private'
  | 'loopback'
  | 'link-local'
  | 'metadata'
  | 'unspecified'
  | 'multicast'
  | 'reserved'

/**
 * The forms of one address that matter: itself, and the IPv4 address inside it when it is IPv4-mapped,
 * IPv4-compatible or IPv4-translated (RFC 4291 §2.5.5, RFC 6145), NAT64 (RFC 6052), 6to4 (RFC 3056) or
 * Teredo (RFC 4380): all of them are ways to write `127.0.0.1`. The innermost comes first.
 * Throws for what is no address.
 */
export function formsOf(text: string): Address[] {
  const address = ipaddr.parse(text)
  const inner = address.kind() === 'ipv6' ? embeddedIPv4(address as ipaddr.IPv6) : undefined
  return inner === undefined ? [address] : [inner, address]
}

/** The kind of an address in any of its written forms. */
export function addressKind(text: string): AddressKind {
  const [innermost, outer] = formsOf(text)
  const kind = kindOf(innermost as Address)
  // Nobody's receiver is reached through a 6to4 or Teredo tunnel; a tunnel to a dangerous place keeps its name.
  const tunnelled = outer !== undefined && TUNNELS.has((outer as ipaddr.IPv6).range())
  return tunnelled && (kind === 'public' || kind === 'private') ? 'reserved' : kind
}

const TUNNELS: ReadonlySet<string> = new Set(['6to4', 'teredo'])

/** Where clouds hand credentials or instance data to whoever asks: AWS and most others, ECS, Azure, Alibaba, Oracle, GCP. */
const METADATA: ReadonlySet<string> = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd20:ce::254',
])

/** By ipaddr.js' name of the special range; what is missing here and not `unicast` is reserved. */
const BY_RANGE: Record<string, AddressKind> = {
  loopback: 'loopback',
  linkLocal: 'link-local',
  unspecified: 'unspecified',
  multicast: 'multicast',
  private: 'private',
  carrierGradeNat: 'private',
  uniqueLocal: 'private',
  deprecatedSiteLocal: 'private',
}

function kindOf(address: Address): AddressKind {
  if (METADATA.has(address.toString())) return 'metadata'
  const range: string = address.range()
  if (range !== 'unicast') return BY_RANGE[range] ?? 'reserved'
  // Only 2000::/3 is global unicast; the rest of IPv6 is not assigned (RFC 4291 §2.4).
  const global = address.kind() === 'ipv4' || ((address as ipaddr.IPv6).parts[0] as number) >> 13 === 1
  return global ? 'public' : 'reserved'
}

function embeddedIPv4(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const parts = address.parts as [number, number, number, number, number, number, number, number]
  switch (address.range() as string) {
    case 'ipv4Mapped':
    case 'rfc6145':
      return toIPv4(parts[6], parts[7])
    case 'rfc6052':
      // 64:ff9b:1::/48 (RFC 8215) embeds at a place that only its network knows: it stays reserved.
      return parts[2] === 0 ? toIPv4(parts[6], parts[7]) : undefined
    case '6to4':
      return toIPv4(parts[1], parts[2])
    case 'teredo':
      return toIPv4(parts[6] ^ 0xffff, parts[7] ^ 0xffff)
    case 'unicast':
      return parts.slice(0, 6).every((part) => part === 0) ? toIPv4(parts[6], parts[7]) : undefined
    default:
      return undefined
  }
}

function toIPv4(high: number, low: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff])
}
