import type { AbonnementSpec, DeclaredClient } from '../../common/model.ts'
import { fromTlsColumn, toTlsColumn, type TlsColumn } from './tls.ts'

/** The columns of `abonnement` that hold the spec, all but the first as JSON; a secret of `auth` stands in table `secret`. */
export type AbonnementColumns = {
  callbackUrl: string
  auth: string
  kanalen: string
  cloudEvents: string
  delivery: string
  client: string | null
  signed: boolean
} & TlsColumn

export function toColumns(spec: AbonnementSpec): AbonnementColumns {
  return {
    callbackUrl: spec.callbackUrl,
    auth: JSON.stringify(spec.auth),
    kanalen: JSON.stringify(spec.kanalen),
    cloudEvents: JSON.stringify(spec.cloudEvents),
    delivery: JSON.stringify(spec.delivery),
    client: spec.client === undefined ? null : JSON.stringify(spec.client),
    ...toTlsColumn(spec),
    signed: spec.signed === true,
  }
}

export function fromRow(row: AbonnementColumns): AbonnementSpec {
  return {
    callbackUrl: row.callbackUrl,
    auth: JSON.parse(row.auth) as AbonnementSpec['auth'],
    kanalen: JSON.parse(row.kanalen) as AbonnementSpec['kanalen'],
    cloudEvents: JSON.parse(row.cloudEvents) as AbonnementSpec['cloudEvents'],
    delivery: JSON.parse(row.delivery) as AbonnementSpec['delivery'],
    ...fromTlsColumn(row),
    ...(row.signed ? { signed: true } : {}),
    ...(row.client === null ? {} : { client: JSON.parse(row.client) as DeclaredClient }),
  }
}
