import * as record from '../../db/records/abonnement.ts'
import { identityOf, type KindDefinition } from '../kind.ts'

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
      key: row.name,
      spec: record.fromRow(row),
      ...identityOf(row),
    })),
  columns: (key, spec) => ({ name: key, ...record.toColumns(spec) }),
  address: (key) => `abonnementen.${key}`,
}
