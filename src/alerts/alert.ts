import type { StoredAlert } from '../db/alerts/alert-rows.ts'

/** What can be wrong in a way that needs a person. */
const ALERT_KINDS = ['dead', 'blocked', 'paused', 'failing', 'waiting', 'credential'] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

/** Something that is wrong now. Times are epoch ms; nothing in it is a payload, a URL or a secret. */
export type Finding = {
  kind: AlertKind
  /** Uuid of the abonnement, or address of the credential. */
  subject: string
  /** Name of the abonnement, or that address. */
  name: string
  since: number
  /** How many deliveries it is about; absent: it is about none. At most COUNT_UP_TO, and then at least that. */
  count?: number
  /** The last one of them; an alert of what lies there is not repeated until there is a newer one. */
  newestAt?: number
  reason?: string
}

/** What is remembered of an alert besides its moments. */
export type AlertDetail = Omit<Finding, 'kind' | 'subject'> & {
  /** Messages that failed since the last that was taken, and why the last of them did. */
  failures: number
  error?: string
  /** No message before this moment: one has just failed, or is under way. */
  notBefore: number
}

export type Alert = StoredAlert & { kind: AlertKind; detail: AlertDetail }

/** More are not counted: nobody acts on the difference. */
export const COUNT_UP_TO = 1_000

/** Reads a row; undefined for a kind that another version of the program knows. */
export function alertOf(row: StoredAlert): Alert | undefined {
  const kind = ALERT_KINDS.find((known) => known === row.kind)
  return kind === undefined ? undefined : { ...row, kind, detail: JSON.parse(row.stored) as AlertDetail }
}
