import * as record from '../../db/records/kanaal.ts'
import type { KindDefinition } from '../kind.ts'

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
      id: row.id,
      key: row.naam,
      owner: row.owner,
      protected: row.protected,
      spec: record.fromRow(row),
    })),
  columns: (key, spec) => ({ naam: key, ...record.toColumns(spec) }),
  address: (key) => `kanalen.${key}`,
}
