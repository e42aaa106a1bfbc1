/** Scheme, optional user info, host (name, IPv4 or bracketed IPv6), optional port, the rest. */
const SHAPE = /^([a-z]+):\/\/(?:[^\s/?#@]*@)?(\[[0-9a-f:.]+\]|[^\s/?#:@[\]]+)(?::(\d{1,5}))?(?:[/?#]\S*)?$/iu
const HOST_NAME = /^[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_-]*[\p{L}\p{N}\p{M}_])?(?:\.[\p{L}\p{N}\p{M}_-]+)*\.?$/u

/** What a message may point at (behaviour reference §1.7). */
export const REFERENCE_SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'ftp', 'ftps'])
/** What Bode can call. */
export const CALLABLE_SCHEMES: ReadonlySet<string> = new Set(['http', 'https'])

/**
 * True for an absolute address with one of `schemes`. Single-label hosts (`http://openzaak:8000/x`) and
 * underscores are fine, because municipal clusters have them; Open Notificaties refuses both.
 */
export function isWebAddress(text: string, schemes: ReadonlySet<string> = REFERENCE_SCHEMES): boolean {
  const [, scheme, host, port] = SHAPE.exec(text) ?? []
  if (scheme === undefined || host === undefined || !schemes.has(scheme.toLowerCase())) return false
  if (port !== undefined && Number(port) > 65_535) return false
  return (host.startsWith('[') || HOST_NAME.test(host)) && URL.canParse(text)
}
