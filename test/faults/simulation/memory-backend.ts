import type { StateChange } from '../../../src/db/abonnement-state.ts'
import type { Claim, ClaimedDelivery, ClaimLane } from '../../../src/db/claim-deliveries.ts'
import type { DeliveryStore } from '../../../src/db/delivery-store.ts'
import type { Settlement } from '../../../src/db/settle-deliveries.ts'
import { keyOf, type Backend, type DoneRow, type HotRow, type Message } from './backend.ts'

type Row = HotRow & { dueAt: number; leasedUntilAt: number | null; body: string }
type State = { status: string; closedUntilAt: number; breakerOpen: boolean; failingSinceAt: number | null }

const READY = 0
const LEASED = 1
const HELD = 2

/** The statements of `src/db`, on maps. What they promise is tested there; here they let thousands of schedules run. */
export function memoryBackend({ exclusive }: { exclusive: boolean }): Backend {
  const rows = new Map<string, Row>()
  const done: DoneRow[] = []
  const states = new Map<string, State>()
  const servers = new Map<string, number>()
  const bodies = new Map<string, string>()
  let epoch = 1
  let sequence = 0

  const stateOf = (id: string): State =>
    states.get(id) ?? { status: 'active', closedUntilAt: 0, breakerOpen: false, failingSinceAt: null }
  const inOrder = (found: Row[]): Row[] => found.toSorted((a, b) => a.dueAt - b.dueAt || a.sequence - b.sequence)
  const ofKey = (abonnementId: string, key: string): Row[] =>
    [...rows.values()].filter((row) => row.abonnementId === abonnementId && row.orderingKey === key)
  const isHeldBy = (owner: string, lease: { attempt: number }, row: Row | undefined): row is Row =>
    row?.state === LEASED && row.leaseOwner === owner && row.attempt === lease.attempt
  const free = (row: Row): void => void Object.assign(row, { state: READY, leaseOwner: null, leasedUntilAt: null })

  function insert(
    row: Pick<Row, 'sequence' | 'abonnementId' | 'replay' | 'notificatieId' | 'orderingKey'>,
    now: number,
  ) {
    const waits = row.orderingKey !== null && ofKey(row.abonnementId, row.orderingKey).length > 0
    const body = bodies.get(row.notificatieId) as string
    const lease = { state: waits ? HELD : READY, leaseOwner: null, leasedUntilAt: null }
    rows.set(keyOf(row), { ...row, ...lease, attempt: 0, failures: 0, dueAt: now, body })
  }

  function end(row: Row, outcome: DoneRow['outcome'], attempts: number): void {
    const { sequence, abonnementId, replay, notificatieId } = row
    rows.delete(keyOf(row))
    done.push({ sequence, abonnementId, replay, notificatieId, outcome, attempts })
  }

  function letNextGo({ abonnementId, orderingKey }: Row): void {
    if (orderingKey === null) return
    const [next] = ofKey(abonnementId, orderingKey).toSorted((a, b) => a.sequence - b.sequence || a.replay - b.replay)
    if (next?.state === HELD) next.state = READY
  }

  function takeProbes(lanes: readonly ClaimLane[], now: number): Map<string, number> {
    const probing = new Map<string, number>()
    for (const { abonnementId, probeUntilAt } of lanes) {
      const state = states.get(abonnementId)
      if (probeUntilAt === undefined || state === undefined) continue
      if (state.status !== 'active' || !state.breakerOpen || state.closedUntilAt > now) continue
      state.closedUntilAt = Number(BigInt(probeUntilAt))
      probing.set(abonnementId, state.failingSinceAt ?? now)
    }
    return probing
  }

  function claim({ owner, now, lanes }: Parameters<DeliveryStore['claim']>[0]): Claim {
    const probing = takeProbes(lanes, now)
    const claimed = lanes.flatMap(({ abonnementId, room, leasedUntilAt, probeUntilAt }): ClaimedDelivery[] => {
      const state = stateOf(abonnementId)
      const open = state.status === 'active' && !state.breakerOpen && state.closedUntilAt <= now
      if (probeUntilAt === undefined ? !open : !probing.has(abonnementId)) return []
      const due = [...rows.values()].filter(
        (row) => row.abonnementId === abonnementId && row.state === READY && row.dueAt <= now,
      )
      const since = probing.get(abonnementId)
      return inOrder(due)
        .slice(0, probeUntilAt === undefined ? room : 1)
        .map((row) => {
          Object.assign(row, { state: LEASED, leaseOwner: owner, leasedUntilAt, attempt: row.attempt + 1 })
          const probe = since === undefined ? null : { failingSinceAt: since }
          return { ...row, leasedUntilAt, probe, format: 1 }
        })
    })
    return { epoch, deliveries: claimed.toSorted((a, b) => a.dueAt - b.dueAt || a.sequence - b.sequence) }
  }

  function settle(owner: string, settlement: Settlement): boolean {
    const row = rows.get(keyOf(settlement))
    if (!isHeldBy(owner, settlement, row)) return false
    const { outcome, failures, dueAt, tried, change } = settlement
    if (outcome === 'retry') {
      free(row)
      Object.assign(row, { failures, dueAt })
    } else {
      end(row, outcome, tried === null ? row.attempt - 1 : row.attempt)
      letNextGo(row)
    }
    if (change !== undefined) changeState(change)
    return true
  }

  function changeState(change: StateChange): void {
    // As a column for whole numbers does.
    if ('closedUntilAt' in change) BigInt(change.closedUntilAt)
    const state = stateOf(change.abonnementId)
    if (change.kind === 'close') {
      if (!states.has(change.abonnementId)) return
      Object.assign(state, { breakerOpen: false, closedUntilAt: 0, failingSinceAt: null })
    } else if (change.kind === 'block') {
      if (state.status === 'active') state.status = 'blocked'
    } else {
      const open = change.kind === 'open'
      const last = open && change.probed
      state.closedUntilAt = last ? change.closedUntilAt : Math.max(state.closedUntilAt, change.closedUntilAt)
      state.breakerOpen ||= open
      state.failingSinceAt ??= open ? change.failingSinceAt : null
    }
    states.set(change.abonnementId, state)
  }

  function due() {
    const lanes = new Map<string, number>()
    for (const { abonnementId, state, dueAt } of rows.values()) {
      if (state === READY) lanes.set(abonnementId, Math.min(lanes.get(abonnementId) ?? Infinity, dueAt))
    }
    return [...lanes].flatMap(([abonnementId, dueAt]) => {
      const { status, closedUntilAt, breakerOpen, failingSinceAt } = stateOf(abonnementId)
      if (status !== 'active') return []
      return [{ abonnementId, dueAt: Math.max(dueAt, closedUntilAt), probe: breakerOpen, failingSinceAt }]
    })
  }

  function reclaim(isLost: (row: Row) => boolean): string[] {
    const lost = [...rows.values()].filter((row) => row.state === LEASED && isLost(row))
    for (const row of lost) free(row)
    return lost.map(({ abonnementId }) => abonnementId)
  }

  const store: DeliveryStore = {
    exclusive,
    claim: async (request) => claim(request),
    settle: async ({ owner, settlements }) => settlements.map((settlement) => settle(owner, settlement)),
    release: async ({ owner, leases }) => {
      const held = leases.map((lease) => [lease, rows.get(keyOf(lease))] as const)
      const released = held.flatMap(([lease, row]) => (isHeldBy(owner, lease, row) ? [row] : []))
      for (const row of released) {
        free(row)
        row.attempt -= 1
      }
      return released.length
    },
    due: async () => due(),
    reclaim: async ({ now, deadBefore }) =>
      reclaim(
        (row) => (row.leasedUntilAt ?? 0) < now || (servers.get(row.leaseOwner as string) ?? Infinity) < deadBefore,
      ),
    reclaimAll: async () => reclaim(() => true).length,
    isRowFault: () => false,
  }

  return {
    store,
    publish: async ({ id, body, addressees }: Message, now) => {
      sequence += 1
      bodies.set(id, body)
      for (const addressee of addressees) insert({ ...addressee, sequence, replay: 0, notificatieId: id }, now)
    },
    replay: async ({ sequence, abonnementId, replay, notificatieId, orderingKey }, now) =>
      insert({ sequence, abonnementId, replay: replay + 1, notificatieId, orderingKey }, now),
    remove: async (abonnementId) => {
      epoch += 1
      for (const row of rows.values()) if (row.abonnementId === abonnementId) end(row, 'cancelled', row.attempt)
      states.delete(abonnementId)
    },
    bumpEpoch: async () => void (epoch += 1),
    epoch: async () => epoch,
    setStatus: async (abonnementId, status) => void states.set(abonnementId, { ...stateOf(abonnementId), status }),
    heartbeat: async (serverId, now) => void servers.set(serverId, now),
    forgetServer: async (serverId) => void servers.delete(serverId),
    hot: async () => [...rows.values()].map((row) => ({ ...row })),
    done: async () => done.slice(),
  }
}
