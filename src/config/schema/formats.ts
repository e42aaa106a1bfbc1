import ipaddr from 'ipaddr.js'
import { parseAllowEntry } from '../../common/allow-entry.ts'
import { compareDurations, parseDuration } from '../../common/duration.ts'

/** The formats that JSON Schema does not have, each with what a diagnostic says of it. */
export const FORMATS = {
  'bode-duration': {
    validate: (text: string): boolean => parseDuration(text) !== undefined,
    compare: compareDurations,
    expected: 'a duration with its unit, for example 250ms, 10s, 5m, 1h or 30d',
  },
  'http-url': {
    validate: isHttpUrl,
    expected: 'an http:// or https:// URL without user name, password or #fragment in it',
  },
  'dns-label': {
    validate: (text: string): boolean => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text),
    expected: 'lower-case letters, digits and hyphens, for example gemeente-voorbeeld',
  },
  'cidr-or-address': {
    validate: isNetwork,
    expected: 'an IP address or a network such as 10.0.0.0/8',
  },
  'allow-entry': {
    validate: (text: string): boolean => parseAllowEntry(text) !== undefined,
    expected: 'a host name, an IP address or a network such as 10.0.0.0/8, with http:// before it for plain http',
  },
} as const

/** What is expected of a text of `format`, for messages. */
export function expectedOf(format: string): string {
  return (
    (FORMATS as Record<string, { expected: string }>)[format]?.expected ?? STANDARD_FORMATS[format] ?? `a ${format}`
  )
}

const STANDARD_FORMATS: Record<string, string> = {
  uuid: 'a uuid, for example 482a09ff-286b-4d0f-a1b8-9b99c1eac0f8',
  'date-time': 'a date and time with its zone, for example 2026-12-01T00:00:00Z',
}

function isNetwork(text: string): boolean {
  return text.includes('/')
    ? ipaddr.isValidCIDR(text)
    : ipaddr.IPv6.isValid(text) || ipaddr.IPv4.isValidFourPartDecimal(text)
}

function isHttpUrl(text: string): boolean {
  if (/\s/.test(text) || text.includes('#')) return false
  try {
    const { protocol, username, password } = new URL(text)
    return (protocol === 'http:' || protocol === 'https:') && username === '' && password === ''
  } catch {
    return false
  }
}
