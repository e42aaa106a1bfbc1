import type { ProblemKind } from '../common/problem.ts'

export type CatalogueEntry = {
  status: number
  /** Last part of `type`: the class that Open Notificaties names there. */
  class: string
  code: string
  title: string
}

/**
 * Every error of the API, as Open Notificaties words it (behaviour reference §6). A title is the same for
 * all errors of its kind, placeholders included: clients see `{method}` today.
 */
export const PROBLEM_CATALOGUE: Readonly<Record<ProblemKind, CatalogueEntry>> = {
  invalid: { status: 400, class: 'ValidationError', code: 'invalid', title: 'Ongeldige invoerwaarde.' },
  parse: { status: 400, class: 'ParseError', code: 'parse_error', title: 'Ongeldig samengestelde request.' },
  badRequest: { status: 400, class: 'BadRequest', code: 'bad_request', title: 'Ongeldige aanvraag.' },
  denied: {
    status: 403,
    class: 'PermissionDenied',
    code: 'permission_denied',
    title: 'Je hebt geen toestemming om deze actie uit te voeren.',
  },
  notFound: { status: 404, class: 'NotFound', code: 'not_found', title: 'Niet gevonden.' },
  methodNotAllowed: {
    status: 405,
    class: 'MethodNotAllowed',
    code: 'method_not_allowed',
    title: 'Methode "{method}" niet toegestaan.',
  },
  notAcceptable: {
    status: 406,
    class: 'NotAcceptable',
    code: 'not_acceptable',
    title: 'Kan niet voldoen aan de opgegeven Accept header.',
  },
  timeout: {
    status: 408,
    class: 'RequestTimeout',
    code: 'request_timeout',
    title: 'De aanvraag was niet op tijd binnen.',
  },
  conflict: {
    status: 409,
    class: 'Conflict',
    code: 'idempotency-key-reused',
    title: 'De aanvraag botst met een eerdere.',
  },
  tooLarge: {
    status: 413,
    class: 'RequestEntityTooLarge',
    code: 'request_entity_too_large',
    title: 'De aanvraag is te groot.',
  },
  unsupportedMediaType: {
    status: 415,
    class: 'UnsupportedMediaType',
    code: 'unsupported_media_type',
    title: 'Ongeldige media type "{media_type}" in aanvraag.',
  },
  headersTooLarge: {
    status: 431,
    class: 'RequestHeaderFieldsTooLarge',
    code: 'request_header_fields_too_large',
    title: 'De headers van de aanvraag zijn te groot.',
  },
  internal: { status: 500, class: 'APIException', code: 'error', title: 'Er is een serverfout opgetreden.' },
  unavailable: {
    status: 503,
    class: 'ServiceUnavailable',
    code: 'service_unavailable',
    title: 'De dienst is tijdelijk niet beschikbaar.',
  },
}
