import ipaddr from 'ipaddr.js'
import type { Environment } from '../common/environment.ts'
import { Failure } from '../common/failure.ts'
import { Secret } from '../common/secret.ts'
import { bareHost } from './bare-host.ts'

/** Through what the outside is reached; by the scheme of what is called. */
export type Proxies = {
  readonly http: Proxy | undefined
  readonly https: Proxy | undefined
  /** Hosts that are called directly, as NO_PROXY names them. */
  readonly except: readonly string[]
}

export type Proxy = {
  /** Without user name and password. */
  readonly url: string
  /** Value of Proxy-Authorization. */
  readonly authorization: Secret | undefined
}

export const NO_PROXIES: Proxies = { http: undefined, https: undefined, except: [] }

/**
 * Reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY; in lower case they win, as everywhere. Throws Failure `invalid` that
 * names the variable and nothing of its value, which may hold a password.
 */
export function readProxies(environment: Environment): Proxies {
  const value = (name: string): string => environment[name.toLowerCase()] || environment[name] || ''
  return {
    http: readProxy('HTTP_PROXY', value('HTTP_PROXY')),
    https: readProxy('HTTPS_PROXY', value('HTTPS_PROXY')),
    except: value('NO_PROXY')
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((entry) => entry !== ''),
  }
}

function readProxy(name: string, text: string): Proxy | undefined {
  if (text === '') return undefined
  // `proxy.gemeente.local:3128` is how many write it.
  const full = text.includes('://') ? text : `http://${text}`
  const url = URL.canParse(full) ? new URL(full) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    throw new Failure('invalid', `${name} is not the URL of a proxy, such as http://proxy.gemeente.local:3128`)
  }
  const { username, password, origin } = url
  const pair = `${decoded(username)}:${decoded(password)}`
  const isNamed = username !== '' || password !== ''
  const authorization = isNamed ? new Secret(`Basic ${Buffer.from(pair).toString('base64')}`) : undefined
  return { url: origin, authorization }
}

/** Percent signs that encode nothing are meant as they stand. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The proxy for a request to `url`; undefined: it goes out directly. */
export function proxyFor(url: URL, { http, https, except }: Proxies): Proxy | undefined {
  const proxy = url.protocol === 'https:' ? https : http
  return proxy === undefined || except.some((entry) => covers(entry, url)) ? undefined : proxy
}

/** `*`; a network or address; a host name, which is meant with everything below it; each with or without a port. */
function covers(entry: string, { hostname, port, protocol }: URL): boolean {
  if (entry === '*') return true
  const host = bareHost(hostname).replace(/\.$/, '')
  const literal = ipaddr.isValid(host)
  if (entry.includes('/')) return literal && ipaddr.isValidCIDR(entry) && isWithin(host, entry)
  const [, name = entry, wanted] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? []
  if (wanted !== undefined && wanted !== (port || (protocol === 'https:' ? '443' : '80'))) return false
  const bare = bareHost(name)
  if (literal) return ipaddr.isValid(bare) && ipaddr.process(bare).toString() === ipaddr.process(host).toString()
  const suffix = bare.replace(/^\*?\./, '')
  return host === suffix || host.endsWith(`.${suffix}`)
}

function isWithin(host: string, network: string): boolean {
  const address = ipaddr.process(host)
  const [range, bits] = ipaddr.parseCIDR(network)
  return address.kind() === range.kind() && address.match(range, bits)
}
