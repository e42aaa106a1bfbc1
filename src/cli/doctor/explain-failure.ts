import type { EgressError, EgressErrorClass } from '../../egress/egress-error.ts'
import type { PeerCertificate } from '../../egress/inspect-peer.ts'
import type { Advice, Remark } from './finding.ts'

/** What is known of a request that got no answer. */
export type FailedRequest = {
  error: EgressError
  url: string
  /** Where the URL is written. */
  place: string
  /** Where `egress` is written. */
  egressPlace: string
  now: number
  /** Looks at the certificate; called only when TLS is what failed. Throws EgressError. */
  inspect: () => Promise<PeerCertificate>
}

/** Why there was no answer, and what to change where. Names the host, never the path or query of the URL. */
export async function explainFailure(failed: FailedRequest): Promise<Remark> {
  const { error } = failed
  if (error.errorClass === 'tls') return explainTls(failed)
  const { host } = new URL(failed.url)
  const known = BY_CLASS[error.errorClass]
  if (known !== undefined) return known(host, failed)
  return { id: error.errorClass, message: error.message, advice: at(`look at the log of ${host}`, host) }
}

const BY_CLASS: Partial<Record<EgressErrorClass, (host: string, failed: FailedRequest) => Remark>> = {
  dns: (host, { place }) => ({
    id: 'dns',
    message: `the host name ${nameOf(host)} does not resolve from this machine`,
    advice: at(`correct the host name, or make it known to DNS (try: getent hosts ${nameOf(host)})`, place),
  }),
  refused: (host, { place }) => ({
    id: 'refused',
    message: `${host} refuses the connection: nothing listens there`,
    advice: at('start the other system, or correct host and port', place),
  }),
  unreachable: (host, { place }) => ({
    id: 'unreachable',
    message: `there is no route from this machine to ${host}`,
    advice: at('let the network (routes, firewall, network policy) allow it, or correct the host', place),
  }),
  timeout: (host) => ({
    id: 'timeout',
    message: `${host} did not answer in time`,
    advice: at(`see whether ${host} is up, and whether a firewall or network policy drops the connection`, host),
  }),
  denied: (host, { error, egressPlace }) => ({
    id: 'denied',
    message: `the egress policy forbids it: ${error.message}`,
    advice: at(`add ${nameOf(host)} to egress.allow, when Bode should call it`, egressPlace),
    side: 'document',
  }),
  reset: (host) => ({
    id: 'reset',
    message: `${host} broke the connection before it answered`,
    advice: at('see the log of the server or of the proxy in front of it; it may expect https', host),
  }),
  protocol: (host, { place }) => ({
    id: 'not-http',
    message: `what ${host} answers is not HTTP`,
    advice: at('correct scheme and port', place),
  }),
  url: (_host, { error, place }) => ({
    id: 'url',
    message: error.message,
    advice: at('correct the URL', place),
    side: 'document',
  }),
  header: (_host, { error, place }) => ({
    id: 'header',
    message: error.message,
    advice: at('take out what is not visible ASCII, such as a line break', place),
    side: 'secret',
  }),
}

async function explainTls({ url, now, place, inspect, error }: FailedRequest): Promise<Remark> {
  const { host } = new URL(url)
  let certificate: PeerCertificate
  try {
    certificate = await inspect()
  } catch {
    return {
      id: 'not-tls',
      message: `${host} does not complete a TLS handshake (${codeIn(error)})`,
      advice: at('correct scheme and port; the port may speak plain http, or ask for a client certificate', place),
    }
  }
  return explainCertificate(host, certificate, { now, place }) ?? { ...UNKNOWN_TLS(host, error), side: 'remote' }
}

/** What is wrong with a certificate; undefined when nothing is. */
export function explainCertificate(
  host: string,
  { subject, issuer, names, validFrom, validTo, distrust }: PeerCertificate,
  { now, place }: { now: number; place: string },
): Remark | undefined {
  if (validTo < now) {
    return {
      id: 'certificate-expired',
      message: `the certificate of ${host} expired on ${day(validTo)}`,
      advice: at('renew the certificate', `the web server or ingress of ${host}`),
    }
  }
  if (validFrom > now) {
    return {
      id: 'certificate-not-yet-valid',
      message: `the certificate of ${host} is valid only from ${new Date(validFrom).toISOString()}`,
      advice: at('set the clock right (NTP)', `this machine, or the machine that made the certificate`),
    }
  }
  if (distrust === undefined) return undefined
  if (distrust.includes('ALTNAME') || distrust.includes('HOSTNAME')) {
    const shown = names.length === 0 ? `"${subject}"` : names.slice(0, 5).join(', ')
    return {
      id: 'certificate-name',
      message: `the certificate of ${host} is for ${shown}, not for ${nameOf(host)}`,
      advice: at('call it by a name of the certificate, or give the server a certificate with this name', place),
    }
  }
  const message = `the certificate of ${host} is issued by "${issuer}", which this machine does not trust (${distrust})`
  const what =
    'name a PEM file with the certificate of that CA in egress.ca, or in tls.ca for this connection alone; ' +
    'when the CA is a public one, let the server send its intermediate certificates too'
  return {
    id: 'certificate-untrusted',
    message,
    advice: at(what, `${place}, or the web server of ${host}`),
  }
}

const UNKNOWN_TLS = (host: string, error: EgressError): Remark => ({
  id: 'tls',
  message: `the TLS handshake with ${host} failed (${codeIn(error)})`,
  advice: at('see the log of the web server; it may ask for a client certificate', `the web server of ${host}`),
})

/** The code at the end of an EgressError's message. */
function codeIn({ message }: EgressError): string {
  return /\((\w+)\)$/.exec(message)?.[1] ?? 'no code'
}

/** A host without its port. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '')
}

export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function at(what: string, where: string): Advice {
  return { what, where }
}
