import * as record from '../../db/records/autorisaties.ts'
import { identityOf, type KindDefinition } from '../kind.ts'

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
      key: row.name,
      spec: record.fromRow(row),
      ...identityOf(row),
    })),
  columns: (key, spec) => ({ name: key, ...record.toColumns(spec) }),
  address: (key) => `autorisaties.${key}`,
}
