import type { ClientCredentialSpec, Scope } from '../../common/model.ts'

/** The columns of `client_credential` that hold the spec; the secrets stand in table `secret`. */
export type ClientCredentialColumns = {
  /** `zgw` or `static`. */
  type: string
  authorizedBy: string
  /** JSON array. */
  scopes: string
  cloudEventsSource: string | null
}

export function toColumns(spec: ClientCredentialSpec): ClientCredentialColumns {
  return {
    type: spec.type ?? 'zgw',
    authorizedBy: spec.authorizedBy,
    scopes: JSON.stringify(spec.scopes),
    cloudEventsSource: spec.cloudEventsSource ?? null,
  }
}

export function fromRow(row: ClientCredentialColumns): ClientCredentialSpec {
  return {
    ...(row.type === 'static' ? { type: row.type } : {}),
    authorizedBy: row.authorizedBy as ClientCredentialSpec['authorizedBy'],
    scopes: JSON.parse(row.scopes) as Scope[],
    ...(row.cloudEventsSource === null ? {} : { cloudEventsSource: row.cloudEventsSource }),
  }
}
