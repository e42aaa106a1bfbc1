import type { Scope } from '../common/model.ts'

/** What is known of a client's rights. */
export type Rights =
  | { kind: 'known'; heeftAlleAutorisaties: boolean; scopes: readonly string[] }
  | { kind: 'unknown'; reason: UnknownReason }

export type UnknownReason =
  /** The configuration names no Autorisaties API, or no credential to call it with. */
  | 'not-configured'
  /** It answered that it has no applicatie with this client id. */
  | 'no-applicatie'
  /** It did not answer, or not with something that can be read, and no earlier answer may be used. */
  | 'unreachable'
  /** It does not accept Bode's own credential. */
  | 'not-authenticated'

export type Refusal = { code: string; detail: string }

/**
 * Decides whether a client may do what needs one of `anyOf` (behaviour reference §4.2). The refusal says
 * which scope is missing or why nothing is known. Pure.
 */
export function authorize(anyOf: readonly Scope[], rights: Rights): Refusal | undefined {
  if (rights.kind === 'unknown') return UNKNOWN[rights.reason]
  if (rights.heeftAlleAutorisaties || anyOf.some((scope) => rights.scopes.includes(scope))) return undefined
  const has = rights.scopes.length === 0 ? 'geen scopes voor dit component' : `alleen ${rights.scopes.join(', ')}`
  return {
    code: 'permission_denied',
    detail: `${DENIED} Nodig is de scope ${anyOf.join(' of ')}; deze client heeft ${has}.`,
  }
}

const DENIED = 'Je hebt geen toestemming om deze actie uit te voeren.'

const UNKNOWN: Record<UnknownReason, Refusal> = {
  'not-configured': {
    code: 'permission_denied',
    detail: `${DENIED} Er is geen Autorisaties API geconfigureerd waar de scopes van deze client opgevraagd kunnen worden.`,
  },
  'no-applicatie': {
    code: 'permission_denied',
    detail: `${DENIED} De Autorisaties API kent geen applicatie met dit client ID.`,
  },
  unreachable: {
    code: 'permission_denied',
    detail: `${DENIED} De Autorisaties API gaf geen bruikbaar antwoord. Probeer het later opnieuw.`,
  },
  'not-authenticated': {
    code: 'not_authenticated_for_ac',
    detail:
      'De component kon zich niet autoriseren met het AC - de autorisaties konden daardoor niet opgehaald worden.',
  },
}
