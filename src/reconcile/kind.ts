import type { DesiredObject, DesiredSecret, Kind } from '../config/desired-state.ts'
import type { ObjectTable, Row } from '../db/configuration/tables.ts'
import type { ConfigurationRows } from '../db/load-configuration.ts'
import type { StoredReference } from '../secrets/references.ts'

type Specs = { [K in Kind]: Extract<DesiredObject, { kind: K }>['spec'] }
export type SpecOf<K extends Kind> = Specs[K]

/** What reconciling knows of one kind. Everything that differs between kinds stands in its definition. */
export type KindDefinition<K extends Kind = Kind> = {
  readonly name: K
  readonly table: ObjectTable
  /** True when every write must reach publishers and workers before they go on: it moves the epoch. */
  readonly movesEpoch: boolean
  /** True when what the Autorisaties API answered under the old object says nothing under the new one. */
  readonly forgetsAnswers: boolean
  /** True when a row remembers when it was made. */
  readonly keepsCreation: boolean
  /** The live objects of this kind, of all owners. */
  live(rows: ConfigurationRows): LiveOf<K>[]
  /** The columns that only this kind has, natural key included. */
  columns(key: string, spec: SpecOf<K>): Row
  /** How the object is named in plans and messages. */
  address(key: string): string
}

/** An object of kind `K` as its table has it. */
export type LiveOf<K extends Kind> = K extends Kind ? { kind: K; spec: SpecOf<K> } & LiveIdentity : never
type LiveIdentity = { key: string } & RowIdentity
type RowIdentity = {
  id: string
  owner: string
  protected: boolean
  /** Who wrote the row last: an actor, or `client:<clientId>` for a write through the API. */
  updatedBy: string
  /** Epoch ms. */
  updatedAt: number
}

/** What every row of a configuration object says of itself. */
export function identityOf(row: Omit<RowIdentity, 'updatedAt'> & { updatedAt: bigint }): RowIdentity {
  const { id, owner, updatedBy, updatedAt } = row
  return { id, owner, protected: row.protected, updatedBy, updatedAt: Number(updatedAt) }
}

/** An object as it is in the database, with what is known of its secrets. */
export type LiveObject = LiveOf<Kind> & { secrets: StoredSecret[] }

export type LiveSecret = Pick<DesiredSecret, 'field' | 'slot' | 'expiresAt'> & {
  fingerprint: string
  /** null: the value came through the API. */
  reference: StoredReference | null
}

/** A secret that is in the database. */
export type StoredSecret = LiveSecret & {
  /** When a caller last proved to know it, epoch ms; null: never, or nobody counts. */
  lastUsedAt: number | null
}
