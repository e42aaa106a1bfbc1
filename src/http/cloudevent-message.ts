import type { IncomingHttpHeaders } from 'node:http'
import { invalid, Problem, type InvalidParam } from '../common/problem.ts'
import { CLOUD_EVENT_MEDIA_TYPE } from '../notificaties/cloud-event.ts'
import { charsetOf, parseJson } from './plugins/json-body.ts'

/**
 * The members of a CloudEvent in the JSON format, from a request in one of two modes of the CloudEvents
 * HTTP binding (version 1.0, §3). The content type decides:
 *
 *   application/cloudevents+json     structured: the body is the event
 *   application/cloudevents…         a batch or another format: 415
 *   anything else, with ce- headers  binary: headers are the attributes, the body is the data
 *   anything else, without           415
 *
 * Throws Problem `unsupportedMediaType`, `parse`, or `invalid` for a header that does not decode. Pure.
 */
export function eventMembers(headers: IncomingHttpHeaders, body: Buffer = Buffer.alloc(0)): unknown {
  const contentType = headers['content-type']
  const mediaType = mediaTypeOf(contentType)
  if (mediaType === CLOUD_EVENT_MEDIA_TYPE) return parseJson(body, charsetOf(contentType))
  const attributes = attributeHeaders(headers)
  if (mediaType.startsWith('application/cloudevents') || attributes.length === 0) throw unsupported(contentType)
  return {
    ...decodeAttributes(attributes),
    ...(contentType === undefined ? {} : { datacontenttype: contentType }),
    ...dataMember(mediaType, charsetOf(contentType), body),
  }
}

function mediaTypeOf(contentType = ''): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase()
}

function unsupported(contentType = ''): Problem {
  const advice = mediaTypeOf(contentType).startsWith('application/cloudevents-batch')
    ? 'Verstuur de CloudEvents een voor een'
    : 'Verstuur het CloudEvent'
  return new Problem('unsupportedMediaType', {
    detail: `Ongeldige media type "${contentType}" in aanvraag. ${advice}, met Content-Type ${CLOUD_EVENT_MEDIA_TYPE} of in binary mode met ce-headers.`,
  })
}

/** The binding has other places for these; a header of theirs says nothing. */
const NO_ATTRIBUTES: ReadonlySet<string> = new Set(['datacontenttype', 'data', 'data_base64'])

function attributeHeaders(headers: IncomingHttpHeaders): [name: string, value: string][] {
  return Object.entries(headers).flatMap(([header, value]): [string, string][] => {
    const name = /^ce-(.+)$/.exec(header)?.[1]
    return name === undefined || NO_ATTRIBUTES.has(name) ? [] : [[name, String(value)]]
  })
}

function decodeAttributes(attributes: readonly [string, string][]): Record<string, string> {
  const faults: InvalidParam[] = []
  const decoded = attributes.map(([name, value]): [string, string] => {
    const text = decodeHeader(value)
    if (text === undefined) faults.push({ name, code: 'invalid', reason: 'De waarde van deze header is geen UTF-8.' })
    return [name, text ?? '']
  })
  if (faults.length > 0) throw invalid(...faults)
  return Object.fromEntries(decoded)
}

/**
 * Takes the quotes off a value and decodes its percent signs, once (§3.1.3.2). A percent sign that starts
 * no code stands for itself. Undefined when the result is no UTF-8.
 */
function decodeHeader(value: string): string | undefined {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1]
  const plain = quoted === undefined ? value : quoted.replaceAll(/\\(.)/g, '$1')
  const bytes = plain.replaceAll(/%([0-9a-f]{2})/gi, (_code, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  // Node reads headers as latin1, so what was sent as plain UTF-8 is understood as well.
  return decodeText(Buffer.from(bytes, 'latin1'), 'utf-8')
}

/** JSON as it is, text as text, and what is neither as base64. */
function dataMember(mediaType: string, charset: string, body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {}
  if (/^(?:application|text)\/json$|\+json$/.test(mediaType)) return { data: parseJson(body, charset) }
  const text = /^text\/|^application\/xml$|\+xml$/.test(mediaType) ? decodeText(body, charset) : undefined
  return text === undefined ? { data_base64: body.toString('base64') } : { data: text }
}

function decodeText(bytes: Buffer, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
