import type { KanaalSpec } from '../../common/model.ts'

/** The columns of `kanaal` that hold the spec. */
export type KanaalColumns = {
  documentatieLink: string
  /** JSON array. */
  filters: string
}

export function toColumns(spec: KanaalSpec): KanaalColumns {
  return { documentatieLink: spec.documentatieLink, filters: JSON.stringify(spec.filters) }
}

export function fromRow(row: KanaalColumns): KanaalSpec {
  return { documentatieLink: row.documentatieLink, filters: JSON.parse(row.filters) as string[] }
}
