import * as record from '../../db/records/setting.ts'
import { identityOf, type KindDefinition } from '../kind.ts'

/** One section of settings; in a document it stands at the top level, so its address is its name. */
export const settings: KindDefinition<'settings'> = {
  name: 'settings',
  table: 'setting',
  movesEpoch: false,
  forgetsAnswers: false,
  keepsCreation: false,
  live: (rows) =>
    rows.settings.map((row) => ({
      kind: 'settings',
      key: row.section,
      spec: record.fromRow(row),
      ...identityOf(row),
    })),
  columns: (key, spec) => ({ section: key, ...record.toColumns(spec) }),
  address: (key) => key,
}
