import type { Backlog, Lane, SubscriberState } from '../common/backlog.ts'
import type { Snapshot } from '../common/snapshot.ts'
import type { BoundedNames } from './bounded-names.ts'
import type { Instruments } from './instruments.ts'

/** What is not told but asked for, when somebody wants to know. */
export type Sources = {
  snapshot(): Pick<Snapshot, 'generation' | 'epoch' | 'abonnementen'>
  /** Epoch ms, as due times are. */
  now(): number
  ready(): boolean
  /** A newer configuration cannot be used. */
  refused(): boolean
  queue(): { notificaties: number; bytes: number }
  inFlight(): number
  /** Since the start; they only grow. */
  deliveries(): Readonly<Record<DeliveryCount, number>>
  /** Undefined when the database does not say. */
  backlog(): Promise<Backlog | undefined>
}

export type DeliveryCount = 'delivered' | 'retry' | 'dead' | 'cancelled' | 'released' | 'lost' | 'reclaimed'

const STATES = ['active', 'paused', 'blocked'] as const
const NOTHING: Omit<Lane, 'abonnementId'> = { ready: 0, leased: 0, held: 0, oldestDueAt: null }

/** Brings every gauge up to date. What the database does not say is left out instead of being as it was. */
export async function sample(instruments: Instruments, names: BoundedNames, sources: Sources): Promise<void> {
  const backlog = await sources.backlog()
  const { generation, epoch, abonnementen } = sources.snapshot()
  const flag = (on: boolean): number => (on ? 1 : 0)
  instruments.ready.set(flag(sources.ready()))
  instruments.refused.set(flag(sources.refused()))
  instruments.generation.set(generation)
  instruments.epoch.set(epoch)
  const queue = sources.queue()
  instruments.queue.set(queue.notificaties)
  instruments.queueBytes.set(queue.bytes)
  instruments.inFlight.set(sources.inFlight())
  setCounters(instruments, sources.deliveries())

  instruments.databaseUp.set(flag(backlog !== undefined))
  for (const gauge of ofTheDatabase(instruments)) gauge.reset()
  if (backlog === undefined) return
  const labels = new Map([...abonnementen.values()].map(({ id, name }) => [id, names.labelOf(name)]))
  setBacklog(instruments, labels, backlog, sources.now())
}

function setCounters(instruments: Instruments, { lost, reclaimed, ...outcomes }: ReturnType<Sources['deliveries']>) {
  const { deliveries, leasesLost, leasesReclaimed } = instruments
  for (const each of [deliveries, leasesLost, leasesReclaimed]) each.reset()
  for (const [outcome, count] of Object.entries(outcomes)) deliveries.inc({ outcome }, count)
  leasesLost.inc(lost)
  leasesReclaimed.inc(reclaimed)
}

function ofTheDatabase({ lane, oldestDue, state, breakerOpen, dead }: Instruments) {
  return [lane, oldestDue, state, breakerOpen, dead]
}

/** Every abonnement has its series from the start, so that an alert never waits for one. */
function setBacklog(
  instruments: Instruments,
  labels: ReadonlyMap<string, string>,
  backlog: Backlog,
  now: number,
): void {
  const lanes = new Map(backlog.lanes.map((lane) => [lane.abonnementId, lane]))
  const subscribers = new Map(backlog.subscribers.map((subscriber) => [subscriber.abonnementId, subscriber]))
  const dead = new Map(backlog.dead.map(({ abonnementId, count }) => [abonnementId, count]))
  const oldest = new Map<string, number>()
  for (const [id, abonnement] of labels) {
    const { ready, leased, held, oldestDueAt } = lanes.get(id) ?? NOTHING
    for (const [state, count] of Object.entries({ ready, leased, held })) {
      instruments.lane.inc({ abonnement, state }, count)
    }
    const age = oldestDueAt === null ? 0 : Math.max(0, now - oldestDueAt) / 1_000
    oldest.set(abonnement, Math.max(oldest.get(abonnement) ?? 0, age))
    setSubscriber(instruments, abonnement, subscribers.get(id))
    instruments.dead.inc({ abonnement }, dead.get(id) ?? 0)
  }
  for (const [abonnement, age] of oldest) instruments.oldestDue.set({ abonnement }, age)
}

function setSubscriber(instruments: Instruments, abonnement: string, known: SubscriberState | undefined): void {
  for (const state of STATES) {
    instruments.state.inc({ abonnement, state }, state === (known?.status ?? 'active') ? 1 : 0)
  }
  instruments.breakerOpen.inc({ abonnement }, known?.breakerOpen === true ? 1 : 0)
}
