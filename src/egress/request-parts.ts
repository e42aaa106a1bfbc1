import { EgressError } from './egress-error.ts'

/**
 * Parses the URL of a request: http or https, no user name or password in it.
 * Throws EgressError `url`, without repeating the URL: its query string may be a secret.
 */
export function demandUrl(text: string): URL {
  if (!URL.canParse(text)) throw new EgressError('url', 'the URL does not parse')
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new EgressError('url', `the URL has scheme ${url.protocol.slice(0, -1)}; only http and https are called`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new EgressError('url', 'the URL holds a user name or password; put them in the authentication instead')
  }
  return url
}

/** True when `value` can stand in a header: visible ASCII, spaces and tabs (RFC 9110 §5.5, without obs-text). */
export function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(value)
}

/** Throws EgressError `header` that names the header, never its value: it may be a secret. */
export function demandHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeaderValue(value)) {
      throw new EgressError('header', `the value of header ${name} holds a character other than visible ASCII`)
    }
  }
}
