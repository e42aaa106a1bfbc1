import type { OnKanaal } from '../../common/open-notificaties.ts'
import type { ForeignDatabase } from './connect.ts'
import { origin, text, texts } from './values.ts'

/** The kanalen, by their id in the table. */
export async function readKanalen(database: ForeignDatabase): Promise<Map<number, OnKanaal>> {
  const rows = await database.rows('datamodel_kanaal')
  return new Map(
    rows.map((row) => {
      const naam = text(row, 'naam')
      const kanaal: OnKanaal = {
        naam,
        uuid: text(row, 'uuid'),
        documentatieLink: text(row, 'documentatie_link'),
        filters: texts(row, 'filters'),
        origin: origin(`kanaal ${JSON.stringify(naam)}`),
      }
      return [Number(row['id']), kanaal]
    }),
  )
}
