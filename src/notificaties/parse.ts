import { isConsistentWith } from '../common/consistent-filters.ts'
import { object, toInvalidParams, type FieldReader } from '../common/field-reader.ts'
import { checked, fault, INVALID_URL, text, textMap, type Rule } from '../common/field-rules.ts'
import { foldKeys } from '../common/key-folding.ts'
import type { InvalidParam } from '../common/problem.ts'
import type { Snapshot } from '../common/snapshot.ts'
import { isWebAddress } from '../common/web-address.ts'
import { readMoment } from './aanmaakdatum.ts'
import type { Notificatie } from './notificatie.ts'

export type Parsed = { notificatie: Notificatie } | { invalidParams: InvalidParam[] }

/**
 * Reads a body as a message (behaviour reference §1.5): every fault of every field at once. Missing
 * kenmerken are none; unknown members are dropped; keys may be camelCase or snake_case. `now` and
 * `leewayMs` bound an aanmaakdatum in the future.
 */
export function parseNotificatie(body: unknown, { now, leewayMs }: { now: number; leewayMs: number }): Parsed {
  const reading = object((fields) => readFields(fields, now + leewayMs))(foldKeys(body))
  return 'value' in reading ? { notificatie: reading.value } : { invalidParams: toInvalidParams(reading.faults) }
}

/**
 * What the catalog says of a message whose fields are right: the kanaal must exist, and the kenmerken
 * agree with its filters. One at a time, the kanaal first.
 */
export function checkAgainstKanaal(
  { kanalen }: Pick<Snapshot, 'kanalen'>,
  { kanaal, kenmerken }: Notificatie,
): InvalidParam[] {
  const found = kanalen.get(kanaal)
  if (found === undefined) {
    return [{ name: 'kanaal', code: 'message_kanaal', reason: 'Kanaal met deze naam bestaat niet.' }]
  }
  if (isConsistentWith(found.filters, Object.keys(kenmerken))) return []
  return [
    {
      name: 'kenmerken',
      code: 'kenmerken_inconsistent',
      reason: 'De kenmerken komen niet overeen met de kanaalfilters',
    },
  ]
}

function readFields(fields: FieldReader, latestMs: number): Notificatie {
  const kanaal = fields.required('kanaal', text({ max: 50 }))
  const source = fields.optional('source', text({ max: 100 }), undefined)
  return {
    kanaal,
    ...(source === undefined ? {} : { source }),
    hoofdObject: fields.required('hoofdObject', address),
    resource: fields.required('resource', text({ max: 100 })),
    resourceUrl: fields.required('resourceUrl', address),
    actie: fields.required('actie', text({ max: 100 })),
    aanmaakdatum: fields.required('aanmaakdatum', momentUpTo(latestMs)),
    kenmerken: fields.optional('kenmerken', textMap({ maxValue: 1_000 }), {}),
  }
}

const address = checked(text(), (value) => (value.length <= 2_048 && isWebAddress(value) ? undefined : INVALID_URL))

/** A moment in any form of readMoment and not after `latestMs` (epoch ms), as its text. */
export function momentUpTo(latestMs: number): Rule<string> {
  return (value) => {
    if (value === null) return fault('null', 'Dit veld mag niet leeg zijn.')
    const moment = typeof value === 'string' ? readMoment(value) : undefined
    if (moment === undefined) return fault('invalid', `Datetime heeft een ongeldig formaat, ${FORMATS}`)
    if (moment.epochMs > latestMs) return fault('future_not_allowed', 'Deze waarde mag niet in de toekomst liggen.')
    return { value: moment.text }
  }
}

const FORMATS = 'gebruik 1 van de volgende formaten: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].'
