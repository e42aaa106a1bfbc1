/** Longer credentials are not looked at: many times what the token of any client takes. */
export const MAX_CREDENTIAL_LENGTH = 8 * 1024

const SCHEME = /^(?:bearer|token)[ \t]+/i

/** What a caller presents: the Authorization header without the word Bearer or Token before it. */
export function presentedSecret(authorization: string): string {
  return authorization.replace(SCHEME, '')
}

/**
 * Why no caller can present `value`, for a message; undefined when one can. Beyond printable ASCII every
 * client has its own idea of the bytes, and spaces at the ends do not survive HTTP (RFC 9110 §5.5).
 */
export function whyNotPresentable(value: string): string | undefined {
  if (presentedSecret(value) !== value) {
    return 'begins with Bearer or Token, which a client sends before its secret: leave the word out'
  }
  if (!/^[\x20-\x7E]*$/.test(value)) return 'has characters that no Authorization header can carry'
  if (value !== value.trim()) return 'begins or ends with a space, which no header can carry'
  if (value.length > MAX_CREDENTIAL_LENGTH) return 'is longer than 8 KB, more than a server looks at'
  return undefined
}
