import { EVENT_FORMAT, readStoredBody } from './canonical.ts'

/**
 * What a stored message is about, for whoever gets those in order: its hoofdObject, or the subject of a CloudEvent
 * within its source; undefined: nothing in particular. The same as when it was accepted. Throws an Error for an
 * unknown format.
 */
export function storedObject(body: string, format: number): string | undefined {
  if (format !== EVENT_FORMAT) return readStoredBody(body, format).hoofdObject
  const { source, subject } = JSON.parse(body) as { source: string; subject?: unknown }
  return eventObject(source, subject)
}

/** CloudEvents name what they are about with a subject that is unique within its source. */
export function eventObject(source: string, subject: unknown): string | undefined {
  return typeof subject === 'string' ? `${source} ${subject}` : undefined
}
