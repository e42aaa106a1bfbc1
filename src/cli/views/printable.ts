/** Text from elsewhere, so that nothing in it can steer a terminal; at most `max` characters of it. */
export function printable(text: string, max = 200): string {
  const safe = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD')
  return safe.length > max ? `${safe.slice(0, max)}...` : safe
}
