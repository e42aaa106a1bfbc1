import { object, toInvalidParams, type FieldReader } from '../common/field-reader.ts'
import { checked, INVALID_URL, text, textList } from '../common/field-rules.ts'
import { foldKeys } from '../common/key-folding.ts'
import { invalid } from '../common/problem.ts'
import { isWebAddress } from '../common/web-address.ts'

/** What a request says of a kanaal; what it leaves out stays as it is. */
export type KanaalFields = { naam?: string; documentatieLink?: string; filters?: string[] }

/**
 * Reads a body as a kanaal (behaviour reference §1.3). The documentatieLink may be empty and is never
 * fetched. Throws Problem `invalid` with every fault.
 */
export function readKanaalFields(body: unknown, { partial }: { partial: boolean }): KanaalFields {
  const reading = object((fields) => readFields(fields, partial))(foldKeys(body))
  if ('faults' in reading) throw invalid(...toInvalidParams(reading.faults))
  return reading.value
}

function readFields(fields: FieldReader, partial: boolean): KanaalFields {
  const naam = partial ? fields.optional('naam', NAAM, undefined) : fields.required('naam', NAAM)
  const documentatieLink = fields.optional('documentatieLink', LINK, undefined)
  const filters = fields.optional('filters', textList({ maxItem: 100 }), undefined)
  return {
    ...(naam === undefined ? {} : { naam }),
    ...(documentatieLink === undefined ? {} : { documentatieLink }),
    ...(filters === undefined ? {} : { filters }),
  }
}

const NAAM = text({ max: 50 })
const LINK = checked(text({ max: 200, blank: true }), (link) =>
  link === '' || isWebAddress(link) ? undefined : INVALID_URL,
)
