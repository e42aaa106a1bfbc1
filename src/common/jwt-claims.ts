/** The claims in the middle part of a JWT; undefined when that is no JSON object. Nothing is proven by them. */
export function jwtClaims(payload: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
