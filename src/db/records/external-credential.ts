import type { ExternalCredentialSpec } from '../../common/model.ts'
import { fromTlsColumn, toTlsColumn, type TlsColumn } from './tls.ts'

type Plain = Omit<ExternalCredentialSpec, 'tls'>

/** The columns of `external_credential` that hold the spec; the secrets stand in table `secret`. */
export type ExternalCredentialColumns = Plain & TlsColumn

export function toColumns(spec: ExternalCredentialSpec): ExternalCredentialColumns {
  return { ...pick(spec), ...toTlsColumn(spec) }
}

export function fromRow(row: ExternalCredentialColumns): ExternalCredentialSpec {
  return { ...pick(row), ...fromTlsColumn(row) }
}

function pick({ apiRoot, label, clientId, userId, userRepresentation }: Plain): Plain {
  return { apiRoot, label, clientId, userId, userRepresentation }
}
