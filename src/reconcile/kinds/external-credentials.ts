import * as record from '../../db/records/external-credential.ts'
import type { KindDefinition } from '../kind.ts'

/** How Bode calls another API; named by `autorisaties`, so it comes before that. */
export const externalCredentials: KindDefinition<'externalCredentials'> = {
  name: 'externalCredentials',
  table: 'external_credential',
  movesEpoch: false,
  forgetsAnswers: false,
  keepsCreation: false,
  live: (rows) =>
    rows.externalCredentials.map((row) => ({
      kind: 'externalCredentials',
      id: row.id,
      key: row.name,
      owner: row.owner,
      protected: row.protected,
      spec: record.fromRow(row),
    })),
  columns: (key, spec) => ({ name: key, ...record.toColumns(spec) }),
  address: (key) => `externalCredentials.${key}`,
}
