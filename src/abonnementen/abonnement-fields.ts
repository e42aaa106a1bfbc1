import { object, toInvalidParams, type FieldReader } from '../common/field-reader.ts'
import { checked, flag, INVALID_URL, listOf, mapped, text, textMap, type Fault } from '../common/field-rules.ts'
import { foldKeys } from '../common/key-folding.ts'
import type { CloudEventFilter, KanaalFilter } from '../common/model.ts'
import { invalid } from '../common/problem.ts'
import { Secret } from '../common/secret.ts'
import { CALLABLE_SCHEMES, isWebAddress } from '../common/web-address.ts'
import { toKanaalFilter } from './pseudo-filters.ts'

/** What a request says of an abonnement; a member that is absent was not sent. */
export type AbonnementFields = {
  callbackUrl?: string
  auth?: Secret
  kanalen?: KanaalFilter[]
  sendCloudevents?: boolean
  cloudeventFilters?: CloudEventFilter[]
}

/**
 * Reads a body as an abonnement (behaviour reference §1.4). `partial` (PATCH) requires nothing. The
 * callbackUrl may be as long as a body, with a query string; user info in it is refused, because it
 * would not be sent. Throws Problem `invalid` with every fault.
 */
export function readAbonnementFields(body: unknown, { partial }: { partial: boolean }): AbonnementFields {
  const reading = object((fields) => readFields(fields, partial))(foldKeys(body))
  if ('faults' in reading) throw invalid(...toInvalidParams(reading.faults))
  return reading.value
}

function readFields(fields: FieldReader, partial: boolean): AbonnementFields {
  const callbackUrl = partial
    ? fields.optional('callbackUrl', CALLBACK, undefined)
    : fields.required('callbackUrl', CALLBACK)
  const auth = partial ? fields.optional('auth', AUTH, undefined) : fields.required('auth', AUTH)
  const kanalen = fields.optional('kanalen', listOf(KANAAL), undefined)
  const sendCloudevents = fields.optional('sendCloudevents', flag, undefined)
  const cloudeventFilters = fields.optional('cloudeventFilters', listOf(CLOUD_EVENT), undefined)
  return {
    ...(callbackUrl === undefined ? {} : { callbackUrl }),
    ...(auth === undefined ? {} : { auth }),
    ...(kanalen === undefined ? {} : { kanalen }),
    ...(sendCloudevents === undefined ? {} : { sendCloudevents }),
    ...(cloudeventFilters === undefined ? {} : { cloudeventFilters }),
  }
}

const CALLBACK = checked(text(), (url) => (isCallable(url) ? undefined : INVALID_URL))
const AUTH = mapped(
  checked(text({ blank: true }), (value) => (/^[\t\u0020-\u007e]*$/.test(value) ? undefined : UNSENDABLE)),
  (value) => new Secret(value),
)
const FILTERS = textMap({ maxValue: 1_000, maxKey: 100 })
const KANAAL = mapped(
  object((fields) => ({ naam: fields.required('naam', text()), filters: fields.optional('filters', FILTERS, {}) })),
  toKanaalFilter,
)
const CLOUD_EVENT = object((fields) => ({
  typeSubstring: fields.required('typeSubstring', text({ max: 255 })),
  filters: fields.optional('filters', FILTERS, {}),
}))

/** A header value; every real subscriber's is visible ASCII. */
const UNSENDABLE: Fault = {
  code: 'invalid',
  reason: 'Deze waarde bevat tekens die niet als Authorization-header verstuurd kunnen worden.',
}

function isCallable(url: string): boolean {
  if (!isWebAddress(url, CALLABLE_SCHEMES)) return false
  const { username, password } = new URL(url)
  return username === '' && password === ''
}
