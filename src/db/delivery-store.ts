import { claimDeliveries, type Claim, type ClaimLane } from './claim-deliveries.ts'
import { dueDeliveries, type DueLane } from './due-deliveries.ts'
import type { Database } from './open.ts'
import { reclaimAllDeliveries, reclaimDeliveries } from './reclaim-deliveries.ts'
import { releaseDeliveries, type HeldLease } from './release-deliveries.ts'
import { isRowFault } from './row-fault.ts'
import { settleDeliveries, type Settlement } from './settle-deliveries.ts'

/**
 * All that the delivery engine asks of a database, so that a simulation can be one. Each call is one transaction:
 * it happens as a whole or not at all, and a call that fails may have happened.
 */
export type DeliveryStore = {
  /** True: one server at a time, so that at its start every lease is void. */
  readonly exclusive: boolean
  claim(request: { owner: string; now: number; lanes: readonly ClaimLane[] }): Promise<Claim>
  settle(request: { owner: string; now: number; settlements: readonly Settlement[] }): Promise<boolean[]>
  release(request: { owner: string; leases: readonly HeldLease[] }): Promise<number>
  due(): Promise<DueLane[]>
  reclaim(request: { now: number; deadBefore: number }): Promise<string[]>
  reclaimAll(): Promise<number>
  /** True for an error that is of one row, so that its neighbours may be tried without it. */
  isRowFault(error: unknown): boolean
}

export function createDeliveryStore(database: Database): DeliveryStore {
  return {
    exclusive: database.provider === 'sqlite',
    claim: (request) => claimDeliveries(database, request),
    settle: (request) => settleDeliveries(database, request),
    release: (request) => releaseDeliveries(database, request),
    due: () => dueDeliveries(database),
    reclaim: (request) => reclaimDeliveries(database, request),
    reclaimAll: () => reclaimAllDeliveries(database),
    isRowFault,
  }
}
