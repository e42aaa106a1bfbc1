import * as record from '../../db/records/client-credential.ts'
import { identityOf, type KindDefinition } from '../kind.ts'

/** Who may call Bode. */
export const clientCredentials: KindDefinition<'clientCredentials'> = {
  name: 'clientCredentials',
  table: 'client_credential',
  movesEpoch: false,
  forgetsAnswers: false,
  keepsCreation: false,
  live: (rows) =>
    rows.clientCredentials.map((row) => ({
      kind: 'clientCredentials',
      key: row.clientId,
      spec: record.fromRow(row),
      ...identityOf(row),
    })),
  columns: (key, spec) => ({ clientId: key, ...record.toColumns(spec) }),
  address: (key) => `clientCredentials.${key}`,
}
