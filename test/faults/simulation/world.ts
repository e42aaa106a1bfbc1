import { DEFAULT_SETTINGS } from '../../../src/common/model.ts'
import type { Random } from '../../../src/common/clock.ts'
import { orderingKey } from '../../../src/common/ordering-key.ts'
import type { Abonnement, Snapshot } from '../../../src/common/snapshot.ts'
import type { DeliveryKey } from '../../../src/db/claim-deliveries.ts'
import { createDeliveryEngine, type DeliveryEngine } from '../../../src/delivery/engine.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { testAbonnement } from '../../support/engine.ts'
import type { Backend, DoneRow } from './backend.ts'
import { lawsOf } from './laws.ts'
import { LinkError, linkedStore, type LinkState } from './link.ts'
import { Machine, type Trace } from './machine.ts'
import { Oracle } from './oracle.ts'
import type { Profile, Subscription } from './profile.ts'
import { simulatedEgress, urlOf, type Mood } from './subscribers.ts'
import { VirtualTime } from './virtual-time.ts'

type Replica = { machine: Machine; engine: DeliveryEngine; wakeUp: (ids: readonly string[]) => void; stopping: boolean }

const HEARTBEAT_MS = 2_000
const NO_LOG = createLogger({ level: 'silent', destination: { write: () => {} } })

/** Everything that there is in one schedule: the database, the replicas, the subscribers and who watches them. */
export class World {
  readonly time = new VirtualTime()
  readonly oracle: Oracle
  readonly link: LinkState = { down: false, failing: 0 }
  readonly moods = new Map<string, Mood>()
  readonly profile: Profile
  readonly random: Random
  readonly backend: Backend
  /** One place for each replica; empty between a kill and the next start. */
  readonly replicas: (Replica | undefined)[] = []
  readonly #trace: Trace
  /** The catalog as of each epoch: which version of which abonnement. */
  readonly #catalogs = new Map<number, ReadonlyMap<string, number>>()
  #epoch = 1
  #started = 0
  #published = 0

  constructor(given: { profile: Profile; random: Random; backend: Backend; trace: Trace }) {
    this.profile = given.profile
    this.random = given.random
    this.backend = given.backend
    this.#trace = given.trace
    const { faults, settings, subscriptions } = this.profile
    this.#catalogs.set(1, new Map(subscriptions.map(({ id }) => [id, 1])))
    const laws = lawsOf(
      {
        clockJumps: faults.has('jump'),
        leasesMayBeLost: (['freeze', 'link', 'outage', 'jump'] as const).some((fault) => faults.has(fault)),
        maxInFlight: settings.maxInFlight,
        exists: (id) => this.catalog.has(id),
        versionAt: (epoch, id) => this.#catalogs.get(epoch)?.get(id) ?? 0,
      },
      (id) => this.subscription(id),
    )
    this.oracle = new Oracle(laws, () => this.time.clock.now())
  }

  get catalog(): ReadonlyMap<string, number> {
    return this.#catalogs.get(this.#epoch) as ReadonlyMap<string, number>
  }

  trace(what: string, details: readonly string[] = []): void {
    this.#trace('world', what, details)
  }

  subscription(abonnementId: string): Subscription {
    return this.profile.subscriptions.find(({ id }) => id === abonnementId) as Subscription
  }

  /** Fills an empty place with a new process. */
  start(place: number): void {
    const id = `r${place}.${(this.#started += 1)}`
    const machine = new Machine(id, this.#trace)
    const { backend, time, random, oracle, link, moods } = this
    const shared = { backend, time, random, oracle, link, moods }
    let snapshot = this.#snapshot(this.#epoch)
    const reload = async (): Promise<Snapshot> =>
      (snapshot = await this.#read(machine, () => this.#snapshot(this.#epoch)))
    const egress = simulatedEgress(
      {
        ...shared,
        maxRestSeconds: this.profile.maxRestSeconds,
        timeoutMs: (each) => this.subscription(each).timeoutMs,
      },
      machine,
    )
    const replica: Replica = {
      machine,
      stopping: false,
      wakeUp: () => {},
      engine: createDeliveryEngine({
        store: linkedStore(shared, machine),
        wakeUps: (onWork) => {
          replica.wakeUp = onWork
          return { announce: (ids) => this.#announce(replica, ids), close: async () => {} }
        },
        snapshot: () => snapshot,
        reload,
        egress,
        clock: time.clock,
        timers: { after: (ms, work) => time.after(ms, () => machine.run(work)) },
        random,
        logger: NO_LOG,
        serverId: id,
        sentBody: (body) => ({ contentType: 'application/json', body }),
        settings: this.profile.settings,
      }),
    }
    oracle.started(id)
    machine.trace('start')
    this.replicas[place] = replica
    // A process that does not get its database at the start ends, and is started again.
    replica.engine.start().catch(() => {
      this.kill(place)
      time.after(500, () => this.start(place))
    })
    const beat = async (): Promise<void> => {
      if (machine.isGone()) return
      time.after(HEARTBEAT_MS, () => machine.run(() => void beat()))
      if (!link.down) await backend.heartbeat(id, time.clock.now())
      if (snapshot.epoch !== this.#epoch) await reload().catch(() => {})
    }
    void beat()
  }

  /** kill -9. */
  kill(place: number): void {
    const replica = this.replicas[place]
    if (replica === undefined) return
    replica.machine.trace('KILLED')
    replica.machine.kill()
    this.oracle.killed(replica.machine.id)
    this.replicas[place] = undefined
  }

  /** SIGTERM; the next one starts when it is gone. What it must have left behind by then is nothing. */
  stop(place: number, graceMs: number): void {
    const replica = this.replicas[place]
    if (replica === undefined || replica.stopping) return
    const { machine, engine } = replica
    replica.stopping = true
    machine.trace('stop')
    void this.#stopped(place, replica, engine.stop(graceMs))
  }

  async #stopped(place: number, { machine }: Replica, stop: Promise<void>): Promise<void> {
    await stop
    const left = (await this.backend.hot()).filter(({ leaseOwner }) => leaseOwner === machine.id)
    const undisturbed = !this.profile.faults.has('link') && !this.profile.faults.has('outage')
    if (left.length > 0 && undisturbed)
      this.oracle.violations.push(`I12: ${machine.id} stops with ${left.length} leases`)
    machine.trace('stopped')
    machine.kill()
    await this.backend.forgetServer(machine.id)
    this.start(place)
  }

  async publish(): Promise<void> {
    const number = (this.#published += 1)
    const now = this.time.clock.now()
    const object = `object ${Math.floor(this.random() * 3)}`
    const chosen = [...this.catalog.keys()].filter(() => this.random() < 0.7)
    const addressees = chosen.map((abonnementId) => {
      return { abonnementId, orderingKey: orderingKey(this.subscription(abonnementId).ordering, object) }
    })
    const message = { id: `m${number}`, body: JSON.stringify({ number, object }), addressees }
    this.oracle.published(message)
    await this.backend.publish(message, now)
    this.trace('publish', [String(number), ...chosen])
    const here = this.replicas.find((replica) => replica !== undefined && this.random() < 0.5)
    here?.machine.run(() => here.engine.nudge(chosen))
  }

  /** Sends an ended delivery again. */
  async replay(row: DoneRow): Promise<void> {
    const { abonnementId, notificatieId } = row
    const orderingKey = this.oracle.orderingKeyOf(notificatieId, abonnementId)
    const isSame = (each: DeliveryKey): boolean => each.sequence === row.sequence && each.abonnementId === abonnementId
    if ((await this.backend.hot()).some(isSame)) return
    const replay = Math.max(...(await this.backend.done()).filter(isSame).map((each) => each.replay))
    this.oracle.asked += 1
    await this.backend.replay({ ...row, replay, orderingKey }, this.time.clock.now())
    this.trace('replay', [`${row.sequence}>${abonnementId}`])
  }

  /** Writes the catalog: an abonnement gets another version, or is deleted. */
  async changeCatalog(abonnementId: string, what: 'change' | 'delete'): Promise<void> {
    const next = new Map(this.catalog)
    if (what === 'delete') {
      next.delete(abonnementId)
      await this.backend.remove(abonnementId, this.time.clock.now())
      this.oracle.removed(abonnementId)
    } else {
      next.set(abonnementId, (next.get(abonnementId) ?? 0) + 1)
      await this.backend.bumpEpoch()
    }
    this.#epoch += 1
    this.#catalogs.set(this.#epoch, next)
    this.trace(what, [abonnementId])
  }

  /** A NOTIFY: it reaches whoever listens, or is lost. */
  #announce(from: Replica, ids: readonly string[]): void {
    for (const replica of this.replicas) {
      if (replica === undefined || replica === from || this.random() < 0.2) continue
      this.time.after(5, () => replica.machine.run(() => replica.wakeUp(ids)))
    }
  }

  /** Reads the database as `machine` does: it takes time, and may fail. */
  #read<T>(machine: Machine, read: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.time.after(this.random() * 20, () => {
        const fails = this.link.down || this.random() < this.link.failing
        const value = fails ? undefined : read()
        this.time.after(this.random() * 20, () =>
          machine.run(() => (value === undefined ? reject(new LinkError('not read')) : resolve(value))),
        )
      })
    })
  }

  #snapshot(epoch: number): Snapshot {
    const versions = this.#catalogs.get(epoch) as ReadonlyMap<string, number>
    const abonnementen = [...versions].map(([id, version]): Abonnement => {
      const { ordering, maxConcurrency, timeoutMs, retry } = this.subscription(id)
      const delivery = { ordering, maxConcurrency, timeoutMs, retry }
      return testAbonnement(id, urlOf(id, version), { auth: { type: 'no_auth' }, delivery })
    })
    return {
      generation: 1,
      epoch,
      settings: DEFAULT_SETTINGS,
      autorisaties: undefined,
      externalCredentials: [],
      clientCredentials: new Map(),
      kanalen: new Map(),
      abonnementen: new Map(abonnementen.map((abonnement) => [abonnement.id, abonnement])),
    }
  }
}
