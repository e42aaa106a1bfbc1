import ipaddr from 'ipaddr.js'

/**
 * One entry of `settings.egress.allow`, taken apart:
 *
 *   10.20.0.0/16, fd00::/8      a range of addresses
 *   127.0.0.1, ::1              one address
 *   openzaak.gemeente.local     a host by its exact name
 *   http://openzaak             any of these, and plain http too where the policy demands https
 */
export type AllowEntry = { plainHttp: boolean } & (
  | { kind: 'host'; host: string }
  | { kind: 'range'; range: [Address, number] }
)
export type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Reads an entry; undefined when it is none of the forms above (a port, a path, `*`, `127.1`). */
export function parseAllowEntry(text: string): AllowEntry | undefined {
  const plainHttp = text.startsWith('http://')
  const bare = plainHttp ? text.slice('http://'.length) : text
  const range = parseRange(bare)
  if (range !== undefined) return { kind: 'range', range, plainHttp }
  const host = parseHost(bare)
  return host === undefined ? undefined : { kind: 'host', host, plainHttp }
}

/** A host name as it is compared: lower case (punycode for other scripts), no final dot. */
export function comparableHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '')
}

function parseRange(text: string): [Address, number] | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return [ipaddr.IPv4.parse(text), 32]
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) return ipaddr.IPv4.parseCIDR(text)
  const unbracketed = text.replace(/^\[(.*)\]/, '$1')
  if (ipaddr.IPv6.isValid(unbracketed)) return [ipaddr.IPv6.parse(unbracketed), 128]
  return ipaddr.IPv6.isValidCIDR(unbracketed) ? ipaddr.IPv6.parseCIDR(unbracketed) : undefined
}

function parseHost(text: string): string | undefined {
  if (/[/:@?#\\*\s]/.test(text) || !URL.canParse(`http://${text}`)) return undefined
  // The URL parser turns `127.1`, `0x7f000001` and the like into an address: no names, and never meant.
  const { hostname } = new URL(`http://${text}`)
  return ipaddr.isValid(hostname) ? undefined : comparableHost(hostname)
}
