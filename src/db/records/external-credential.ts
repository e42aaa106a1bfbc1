import type { ExternalCredentialSpec } from '../../common/model.ts'

/** The columns of `external_credential` that hold the spec; the secret stands in table `secret`. */
export type ExternalCredentialColumns = ExternalCredentialSpec

export function toColumns(spec: ExternalCredentialSpec): ExternalCredentialColumns {
  return pick(spec)
}

export function fromRow(row: ExternalCredentialColumns): ExternalCredentialSpec {
  return pick(row)
}

function pick({
  apiRoot,
  label,
  clientId,
  userId,
  userRepresentation,
}: ExternalCredentialSpec): ExternalCredentialSpec {
  return { apiRoot, label, clientId, userId, userRepresentation }
}
