import type { TlsPart } from '../../common/model.ts'

/** The column `tls`: JSON array of the parts that there are, which stand in table `secret`; null for none. */
export type TlsColumn = { tls: string | null }

export function toTlsColumn({ tls }: { tls?: TlsPart[] }): TlsColumn {
  return { tls: tls === undefined ? null : JSON.stringify(tls) }
}

export function fromTlsColumn({ tls }: TlsColumn): { tls?: TlsPart[] } {
  return tls === null ? {} : { tls: JSON.parse(tls) as TlsPart[] }
}
