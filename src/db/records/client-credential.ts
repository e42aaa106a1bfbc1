import type { ClientCredentialSpec, Scope } from '../../common/model.ts'

/** The columns of `client_credential` that hold the spec; the secrets stand in table `secret`. */
export type ClientCredentialColumns = {
  authorizedBy: string
  /** JSON array. */
  scopes: string
}

export function toColumns(spec: ClientCredentialSpec): ClientCredentialColumns {
  return { authorizedBy: spec.authorizedBy, scopes: JSON.stringify(spec.scopes) }
}

export function fromRow(row: ClientCredentialColumns): ClientCredentialSpec {
  return {
    authorizedBy: row.authorizedBy as ClientCredentialSpec['authorizedBy'],
    scopes: JSON.parse(row.scopes) as Scope[],
  }
}
