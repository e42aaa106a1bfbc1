import { object, toInvalidParams, type FieldReader } from '../common/field-reader.ts'
import { checked, fault, isObject, nullable, text, type Rule } from '../common/field-rules.ts'
import { invalid } from '../common/problem.ts'
import type { CloudEvent } from './cloud-event.ts'
import { momentUpTo } from './parse.ts'

/**
 * Reads the members of a CloudEvent in the JSON format (behaviour reference §1.6): every fault at once.
 * Names are taken as they come. A null means that an optional attribute is not there, because real
 * publishers send those. Extension attributes that the specification allows are kept, other members are
 * dropped. Throws Problem `invalid`.
 */
export function readCloudEvent(members: unknown): CloudEvent {
  const reading = object(readFields)(members)
  if ('faults' in reading) throw invalid(...toInvalidParams(reading.faults))
  return { ...reading.value, extensions: isObject(members) ? extensionsOf(members) : {} }
}

function readFields(fields: FieldReader): Omit<CloudEvent, 'extensions'> {
  const optional = <Name extends string>(name: Name, rule: Rule<string>): { [name in Name]?: string } => {
    const value = fields.optional(name, nullable(rule), undefined)
    return value === undefined ? {} : ({ [name]: value } as { [name in Name]: string })
  }
  return {
    id: fields.required('id', text({ max: 255 })),
    source: fields.required('source', text()),
    specversion: fields.required('specversion', VERSION),
    type: fields.required('type', text({ max: 255 })),
    ...optional('datacontenttype', text({ max: 255, blank: true })),
    ...optional('dataschema', text({ blank: true })),
    ...optional('subject', text({ max: 255, blank: true })),
    ...optional('time', momentUpTo(Infinity)),
    payload: readPayload(fields),
  }
}

/** Open Notificaties knows `data` only; `data_base64` is how the JSON format carries what is not text. */
function readPayload(fields: FieldReader): CloudEvent['payload'] {
  const data = fields.optional('data', anyJson, undefined)
  const rule = data === undefined || data.data === null ? base64 : notBoth
  const encoded = fields.optional('data_base64', nullable(rule), undefined)
  return encoded === undefined ? (data ?? {}) : { data_base64: encoded }
}

const VERSION = checked(text({ max: 50 }), (version) =>
  /^\d+\.\d+/.test(version) ? undefined : { code: 'invalid', reason: 'Voer een geldige waarde in.' },
)

const anyJson: Rule<{ data: unknown }> = (value) => ({ value: { data: value } })

const base64: Rule<string> = (value) =>
  typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value
    ? { value }
    : fault('invalid', 'Deze waarde is geen base64.')

const notBoth: Rule<string> = () => fault('invalid', 'Een CloudEvent heeft data of data_base64, niet allebei.')

const CORE: ReadonlySet<string> = new Set(
  'id source specversion type datacontenttype dataschema subject time data'.split(' '),
)

function extensionsOf(members: Record<string, unknown>): CloudEvent['extensions'] {
  return Object.fromEntries(
    Object.entries(members).filter(
      (entry): entry is [string, string | number | boolean] =>
        /^[a-z0-9]+$/.test(entry[0]) && !CORE.has(entry[0]) && isAttributeValue(entry[1]),
    ),
  )
}

/** The types of attributes in the CloudEvents specification, as JSON: text without control characters, a 32-bit integer, a boolean. */
function isAttributeValue(value: unknown): boolean {
  if (typeof value === 'string') return !/[\p{Cc}\p{Cs}]/u.test(value)
  return typeof value === 'boolean' || (typeof value === 'number' && (value | 0) === value)
}
