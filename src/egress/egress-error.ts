/** Why a request got no answer. Recorded with an attempt, so the words are stable. */
export type EgressErrorClass =
  /** The URL is not http(s), holds credentials or does not parse. */
  | 'url'
  /** A header value that may not be sent. */
  | 'header'
  /** The egress policy forbids every address of the host. */
  | 'denied'
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'tls'
  /** The connection broke before the answer was complete. */
  | 'reset'
  /** The answer was not HTTP, or its headers were too large. */
  | 'protocol'
  /** The proxy did not make the connection. */
  | 'proxy'
  /** No token could be obtained for the request. */
  | 'auth'
  /** Given up by our own side, at shutdown. */
  | 'aborted'
  | 'network'

/** A request that got no answer. The message names host and cause: no URL, secret or response content. */
export class EgressError extends Error {
  override readonly name = 'EgressError'
  readonly errorClass: EgressErrorClass

  constructor(errorClass: EgressErrorClass, message: string) {
    super(message)
    this.errorClass = errorClass
  }
}

/** Any error of the HTTP client as EgressError. Decides on codes only: messages may hold content. */
export function egressErrorFrom(error: unknown, host: string): EgressError {
  if (error instanceof EgressError) return error
  const code = codeOf(error)
  const errorClass = classOf(code)
  return new EgressError(errorClass, `${host}: ${EXPLANATIONS[errorClass] ?? 'request failed'}${code && ` (${code})`}`)
}

const EXPLANATIONS: Partial<Record<EgressErrorClass, string>> = {
  dns: 'the host name does not resolve',
  refused: 'connection refused',
  unreachable: 'no route to the host',
  timeout: 'no answer in time',
  tls: 'the TLS handshake failed',
  reset: 'the connection broke',
  protocol: 'the answer is not valid HTTP',
  proxy: 'the proxy did not make the connection',
}

const BY_CODE: Record<string, EgressErrorClass> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ENODATA: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_HEADERS_OVERFLOW: 'protocol',
  // What the caller gives up has a reason of ours; undici itself aborts only a tunnel.
  UND_ERR_ABORTED: 'proxy',
  EPROTO: 'tls',
  HOSTNAME_MISMATCH: 'tls',
}

const BY_PREFIX: readonly (readonly [string, EgressErrorClass])[] = [
  ['HPE_', 'protocol'],
  ['ERR_TLS_', 'tls'],
  ['ERR_SSL_', 'tls'],
  ['CERT_', 'tls'],
  ['UNABLE_TO_', 'tls'],
  ['DEPTH_ZERO_', 'tls'],
  ['SELF_SIGNED_', 'tls'],
]

function classOf(code: string): EgressErrorClass {
  return BY_CODE[code] ?? BY_PREFIX.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'network'
}

/** A host with several addresses fails with one error per address; the first speaks for all. */
function codeOf(error: unknown): string {
  const { code, name, errors, cause } = error as { code?: unknown; name?: unknown; errors?: unknown[]; cause?: unknown }
  if (Array.isArray(errors) && errors.length > 0) return codeOf(errors[0])
  if (typeof code === 'string') return code
  if (name === 'HTTPParserError') return 'HPE_INVALID'
  return typeof cause === 'object' && cause !== null ? codeOf(cause) : ''
}
