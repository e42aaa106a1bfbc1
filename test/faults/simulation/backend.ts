import type { DeliveryKey } from '../../../src/db/claim-deliveries.ts'
import type { DeliveryStore } from '../../../src/db/delivery-store.ts'

/** A message as it is published, with who gets it. */
export type Message = {
  id: string
  body: string
  addressees: readonly { abonnementId: string; orderingKey: string | null }[]
}

/** An unfinished delivery. `state` 0: ready, 1: leased, 2: held behind another of its key. */
export type HotRow = DeliveryKey & {
  notificatieId: string
  orderingKey: string | null
  state: number
  leaseOwner: string | null
  attempt: number
  failures: number
}

/** A delivery that ended. */
export type DoneRow = DeliveryKey & {
  notificatieId: string
  outcome: 'delivered' | 'dead' | 'cancelled'
  attempts: number
}

/**
 * A database as a schedule needs it: what the engine asks, and what others do to it. Each call is one transaction
 * that succeeds; what goes wrong on the way is added around it.
 */
export type Backend = {
  store: DeliveryStore
  publish(message: Message, now: number): Promise<void>
  /** Sends an ended delivery again, as a row with the next replay number. */
  replay(row: DoneRow & { orderingKey: string | null }, now: number): Promise<void>
  /** Deletes an abonnement: its unfinished deliveries end, the epoch moves. */
  remove(abonnementId: string, now: number): Promise<void>
  /** Writes to the catalog: the epoch moves. */
  bumpEpoch(): Promise<void>
  epoch(): Promise<number>
  setStatus(abonnementId: string, status: 'active' | 'paused', now: number): Promise<void>
  heartbeat(serverId: string, now: number): Promise<void>
  /** At a graceful stop. */
  forgetServer(serverId: string): Promise<void>
  hot(): Promise<HotRow[]>
  done(): Promise<DoneRow[]>
}

export function keyOf({ sequence, abonnementId, replay }: DeliveryKey): string {
  return `${sequence} ${abonnementId} ${replay}`
}
