import * as record from '../../db/records/external-credential.ts'
import { identityOf, type KindDefinition } from '../kind.ts'

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
      key: row.name,
      spec: record.fromRow(row),
      ...identityOf(row),
    })),
  columns: (key, spec) => ({ name: key, ...record.toColumns(spec) }),
  address: (key) => `externalCredentials.${key}`,
}
