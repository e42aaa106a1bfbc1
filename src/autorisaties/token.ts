import type { Settings } from '../common/model.ts'

/** Why a token is refused: Open Notificaties' code, and a text that says what to do about it. */
export type TokenFault = { code: string; detail: string }

/** A token that could be taken apart; nothing in it is to be believed before `signed` was looked at. */
export type PresentedToken = {
  header: Readonly<Record<string, unknown>>
  payload: Readonly<Record<string, unknown>>
  /** There is a client credential for the token's client id. */
  known: boolean
  /** One of its secrets made the signature. */
  signed: boolean
}

export const UNDECODABLE: TokenFault = {
  code: 'jwt-decode-error',
  detail: 'Het JWT kon niet gedecodeerd worden. Mogelijks heb je een copy-paste fout gemaakt',
}

/** The client id that a token claims; anything but text is none that exists. */
export function claimedClientId(payload: Readonly<Record<string, unknown>>): string | undefined {
  const clientId = payload['client_id']
  return typeof clientId === 'string' ? clientId : undefined
}

/**
 * Decides on a ZGW JWT, in Open Notificaties' order and with its codes (behaviour reference §3.2). It
 * differs in two ways: an `iat` further ahead than `maxFutureIatMs` is refused, and `aud` is ignored.
 * Times in the detail tell a client how far its clock is off. Pure; `now` is epoch ms.
 */
export function judgeToken(
  token: PresentedToken,
  { now, tokens }: { now: number; tokens: Settings['tokens'] },
): TokenFault | undefined {
  return judgeIdentity(token) ?? judgeClaims(token.payload, now / 1_000, tokens)
}

function judgeIdentity({ header, payload, known, signed }: PresentedToken): TokenFault | undefined {
  if (!Object.hasOwn(payload, 'client_id')) {
    return { code: 'missing-client-identifier', detail: 'Client identifier is niet aanwezig in JWT' }
  }
  if (!known) return { code: 'invalid-client-identifier', detail: 'Client identifier bestaat niet' }
  if (header['alg'] !== 'HS256') return invalid('jwt-invalidalgorithmerror', 'het algoritme moet HS256 zijn')
  if (!signed) return { code: 'invalid-jwt-signature', detail: 'Client credentials zijn niet geldig' }
  return undefined
}

function judgeClaims(
  payload: PresentedToken['payload'],
  nowSeconds: number,
  { maxAgeMs, leewayMs, maxFutureIatMs }: Settings['tokens'],
): TokenFault | undefined {
  const leeway = leewayMs / 1_000
  const { iat } = payload
  if (iat === undefined || iat === null) {
    return { code: 'jwt-missing-iat-claim', detail: 'Missing required iat claim' }
  }
  const fault = judgePeriod(payload, nowSeconds, leeway) ?? judgeNames(payload)
  if (fault !== undefined) return fault
  const issuedAt = toInteger(iat)
  if (issuedAt === undefined) return { code: 'permission_denied', detail: 'De iat claim moet een geheel getal zijn.' }
  const age = nowSeconds - issuedAt
  if (age >= maxAgeMs / 1_000 + leeway) {
    const allowed = `${maxAgeMs / 1_000} seconden is toegestaan. Maak voor elk verzoek een nieuw token.`
    return {
      code: 'jwt-expired',
      detail: `De JWT die gebruikt is voor dit verzoek is verlopen: iat is ${seconds(age)} oud, ${allowed}`,
    }
  }
  if (-age > maxFutureIatMs / 1_000 + leeway) {
    return invalid('jwt-immaturesignatureerror', `iat ligt ${seconds(-age)} in de toekomst; ${CLOCK}`)
  }
  return undefined
}

function judgePeriod(payload: PresentedToken['payload'], now: number, leeway: number): TokenFault | undefined {
  const { exp, nbf } = payload
  const expires = toInteger(exp)
  const starts = toInteger(nbf)
  if (exp !== undefined && expires === undefined) return invalid('jwt-decodeerror', 'exp moet een geheel getal zijn')
  if (nbf !== undefined && starts === undefined) return invalid('jwt-decodeerror', 'nbf moet een geheel getal zijn')
  if (expires !== undefined && expires <= now - leeway) {
    return invalid('jwt-expiredsignatureerror', `exp is ${seconds(now - expires)} voorbij; ${CLOCK}`)
  }
  if (starts !== undefined && starts > now + leeway) {
    return invalid('jwt-immaturesignatureerror', `nbf ligt ${seconds(starts - now)} in de toekomst; ${CLOCK}`)
  }
  return undefined
}

function judgeNames({ sub, jti }: PresentedToken['payload']): TokenFault | undefined {
  if (sub !== undefined && typeof sub !== 'string') return invalid('jwt-invalidsubjecterror', 'sub moet tekst zijn')
  if (jti !== undefined && typeof jti !== 'string') return invalid('jwt-invalidjtierror', 'jti moet tekst zijn')
  return undefined
}

const CLOCK = 'controleer de klok van de client'

function invalid(code: string, why: string): TokenFault {
  return { code, detail: `JWT is niet valide: ${why}.` }
}

function seconds(count: number): string {
  return `${Math.round(count)} seconden`
}

/** A whole number of seconds from a number or numeric text, as Python's `int` gives it. */
function toInteger(value: unknown): number | undefined {
  const isNumeric = typeof value === 'number' || (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value))
  const number = isNumeric ? Math.trunc(Number(value)) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}
