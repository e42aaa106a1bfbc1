import type { DeliveryState } from '../../common/deliveries.ts'

/** What the last attempt got: a range of statuses, or no answer (of any kind, or a timeout). */
export type StatusRange = { from: number; until: number } | 'no-answer' | 'timeout'

/** Which deliveries, ready for a statement; see `DeliveryFilter`. Times are epoch ms, `until` is not included. */
export type Which = {
  sequence?: number | undefined
  abonnementId?: string | undefined
  kanaal?: string | undefined
  notificatieId?: string | undefined
  receivedFrom?: number | undefined
  receivedUntil?: number | undefined
  state?: DeliveryState | undefined
  status?: StatusRange | undefined
}

/** A delivery whatever its run: the first two columns of both tables' keys. */
export type DeliveryId = { sequence: number; abonnementId: string }
