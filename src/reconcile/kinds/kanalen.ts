import * as record from '../../db/records/kanaal.ts'
import { identityOf, type KindDefinition } from '../kind.ts'

/** What notificaties are published on; abonnementen name it. */
export const kanalen: KindDefinition<'kanalen'> = {
  name: 'kanalen',
  table: 'kanaal',
  movesEpoch: true,
  forgetsAnswers: false,
  keepsCreation: true,
  live: (rows) =>
    rows.kanalen.map((row) => ({
      kind: 'kanalen',
      key: row.naam,
      spec: record.fromRow(row),
      ...identityOf(row),
    })),
  columns: (key, spec) => ({ naam: key, ...record.toColumns(spec) }),
  address: (key) => `kanalen.${key}`,
}
