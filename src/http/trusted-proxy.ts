import ipaddr from 'ipaddr.js'
import { parseAllowEntry, type Address } from '../common/allow-entry.ts'
import type { Snapshot } from '../common/snapshot.ts'

/**
 * Says of an address whether its `X-Forwarded-*` headers are believed: `settings.http.trustProxy` as it is
 * at this moment, so that a new generation counts for the next request.
 */
export function trustedProxy(snapshot: () => Snapshot): (address: string) => boolean {
  let compiled: { from: readonly string[]; ranges: readonly Range[] } | undefined
  return (address) => {
    const from = snapshot().settings.http.trustProxy
    if (compiled?.from !== from) compiled = { from, ranges: from.flatMap(rangeOf) }
    return isIn(compiled.ranges, address)
  }
}

type Range = [Address, number]

function rangeOf(text: string): Range[] {
  const entry = parseAllowEntry(text)
  return entry?.kind === 'range' ? [entry.range] : []
}

/** An IPv4 address that arrived on an IPv6 socket (`::ffff:10.0.0.1`) counts as what it is. */
function isIn(ranges: readonly Range[], text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  return ranges.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits))
}
