import * as record from '../../db/records/autorisaties.ts'
import type { KindDefinition } from '../kind.ts'

/** The Autorisaties API that says what a client may do. */
export const autorisaties: KindDefinition<'autorisaties'> = {
  name: 'autorisaties',
  table: 'autorisaties',
  movesEpoch: false,
  forgetsAnswers: true,
  keepsCreation: false,
  live: (rows) =>
    rows.autorisaties.map((row) => ({
      kind: 'autorisaties',
      id: row.id,
      key: row.name,
      owner: row.owner,
      protected: row.protected,
      spec: record.fromRow(row),
    })),
  columns: (key, spec) => ({ name: key, ...record.toColumns(spec) }),
  address: (key) => `autorisaties.${key}`,
}
