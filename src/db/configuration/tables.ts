import { toSnakeKey } from '../../common/key-folding.ts'

type ColumnType = 'TEXT' | 'INTEGER' | 'BIGINT' | 'BOOLEAN'

/** What every configuration object has, whatever its kind. */
const IDENTITY = {
  id: 'TEXT',
  owner: 'TEXT',
  hash: 'TEXT',
  protected: 'BOOLEAN',
  updatedAt: 'BIGINT',
  updatedBy: 'TEXT',
} as const

/** The columns that an apply writes, by their names in the model; in SQL they are snake_case. */
const TABLES = {
  autorisaties: {
    ...IDENTITY,
    name: 'TEXT',
    apiRoot: 'TEXT',
    component: 'TEXT',
    credential: 'TEXT',
    cacheForMs: 'INTEGER',
    staleForMs: 'INTEGER',
  },
  external_credential: {
    ...IDENTITY,
    name: 'TEXT',
    apiRoot: 'TEXT',
    label: 'TEXT',
    clientId: 'TEXT',
    userId: 'TEXT',
    userRepresentation: 'TEXT',
    tls: 'TEXT',
  },
  client_credential: {
    ...IDENTITY,
    clientId: 'TEXT',
    type: 'TEXT',
    authorizedBy: 'TEXT',
    scopes: 'TEXT',
    cloudEventsSource: 'TEXT',
  },
  kanaal: { ...IDENTITY, naam: 'TEXT', documentatieLink: 'TEXT', filters: 'TEXT', createdAt: 'BIGINT' },
  abonnement: {
    ...IDENTITY,
    name: 'TEXT',
    callbackUrl: 'TEXT',
    auth: 'TEXT',
    kanalen: 'TEXT',
    cloudEvents: 'TEXT',
    delivery: 'TEXT',
    client: 'TEXT',
    tls: 'TEXT',
    signed: 'BOOLEAN',
    createdAt: 'BIGINT',
  },
  setting: { ...IDENTITY, section: 'TEXT', value: 'TEXT' },
  secret: {
    objectId: 'TEXT',
    kind: 'TEXT',
    field: 'TEXT',
    slot: 'TEXT',
    reference: 'TEXT',
    ciphertext: 'TEXT',
    fingerprint: 'TEXT',
    expiresAt: 'BIGINT',
    lastUsedAt: 'BIGINT',
  },
  object_version: {
    objectId: 'TEXT',
    generation: 'INTEGER',
    owner: 'TEXT',
    kind: 'TEXT',
    key: 'TEXT',
    content: 'TEXT',
  },
  secret_version: { objectId: 'TEXT', generation: 'INTEGER', field: 'TEXT', slot: 'TEXT', ciphertext: 'TEXT' },
} as const satisfies Record<string, Record<string, ColumnType>>

/** The column of each table that holds the natural key; it is unique. */
export const NATURAL_KEYS: Readonly<Record<ObjectTable, string>> = {
  autorisaties: 'name',
  external_credential: 'name',
  client_credential: 'client_id',
  kanaal: 'naam',
  abonnement: 'name',
  setting: 'section',
}

export type Table = keyof typeof TABLES
/** The tables whose rows are objects of their own. */
export type ObjectTable = Exclude<Table, 'secret' | 'object_version' | 'secret_version'>

/** One row as plain data, by the names of the model. A column of its table that is missing is written as NULL. */
export type Row = Readonly<Record<string, string | number | boolean | null>>

export type Column = {
  /** Its name in the model, and in the rows given. */
  key: string
  /** Its name in SQL. */
  name: string
  type: ColumnType
}

/** The columns of `table`: names from the constants above only, so they may stand in SQL as they are. */
export function columnsOf(table: Table): Column[] {
  return Object.entries(TABLES[table]).map(([key, type]) => ({ key, name: toSnakeKey(key), type }))
}
