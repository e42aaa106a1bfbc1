import * as record from '../../db/records/abonnement.ts'
import type { KindDefinition } from '../kind.ts'

/** Who gets which notificaties. Its id is the uuid in the API, and survives a rename. */
export const abonnementen: KindDefinition<'abonnementen'> = {
  name: 'abonnementen',
  table: 'abonnement',
  movesEpoch: true,
  forgetsAnswers: false,
  keepsCreation: true,
  live: (rows) =>
    rows.abonnementen.map((row) => ({
      kind: 'abonnementen',
      id: row.id,
      key: row.name,
      owner: row.owner,
      protected: row.protected,
      spec: record.fromRow(row),
    })),
  columns: (key, spec) => ({ name: key, ...record.toColumns(spec) }),
  address: (key) => `abonnementen.${key}`,
}
