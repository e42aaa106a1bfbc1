import { canonicalJson } from '../common/canonical-json.ts'
import { toMilliseconds } from './aanmaakdatum.ts'
import type { CloudEvent } from './cloud-event.ts'
import type { Notificatie } from './notificatie.ts'

// Which functions of sent-body.ts read a stored body; written with every row and never reused.

/** A message of the standard: what `storedBody` writes. */
export const STORED_FORMAT = 1
/** A posted CloudEvent: what `storedEvent` writes. */
export const EVENT_FORMAT = 2

/**
 * What is stored of a message, once for all its subscribers. Everything that a sent body can hold is in
 * it, also what a CloudEvent needs beside the message, so that every attempt sends the same bytes even
 * after the configuration changed.
 */
export type StoredNotificatie = Notificatie & {
  readonly id: string
  /** The CloudEvents source where the message itself has none. */
  readonly eventSource?: string
}

/** The text to store for a message: canonical JSON, format number STORED_FORMAT. */
export function storedBody(notificatie: Notificatie, { id, eventSource }: { id: string; eventSource: string }): string {
  const stored: StoredNotificatie =
    notificatie.source === undefined ? { ...notificatie, id, eventSource } : { ...notificatie, id }
  return canonicalJson(stored)
}

/** Reads what `storedBody` wrote. Throws an Error for a format that this program does not know. */
export function readStoredBody(body: string, format: number): StoredNotificatie {
  if (format !== STORED_FORMAT) throw new Error(`stored notificatie has the unknown format ${format}`)
  return JSON.parse(body) as StoredNotificatie
}

/**
 * The text to store for a posted CloudEvent, format number EVENT_FORMAT: the JSON that every subscriber
 * is sent, with the publisher's own id and data in the order that they came in. Its time is cut off at
 * milliseconds, as Open Notificaties does.
 */
export function storedEvent({ time, extensions, payload, ...attributes }: CloudEvent): string {
  return JSON.stringify({
    ...attributes,
    ...(time === undefined ? {} : { time: toMilliseconds(time) }),
    ...extensions,
    ...payload,
  })
}
