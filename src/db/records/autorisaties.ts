import type { AutorisatiesSpec } from '../../common/model.ts'

/** The columns of `autorisaties` that hold the spec. */
export type AutorisatiesColumns = {
  apiRoot: string
  component: string
  credential: string | null
  cacheForMs: number
  staleForMs: number
}

export function toColumns(spec: AutorisatiesSpec): AutorisatiesColumns {
  return {
    apiRoot: spec.apiRoot,
    component: spec.component,
    credential: spec.credential,
    cacheForMs: spec.cacheForMs,
    staleForMs: spec.staleForMs,
  }
}

export function fromRow(row: AutorisatiesColumns): AutorisatiesSpec {
  return {
    apiRoot: row.apiRoot,
    component: row.component as AutorisatiesSpec['component'],
    credential: row.credential,
    cacheForMs: row.cacheForMs,
    staleForMs: row.staleForMs,
  }
}
