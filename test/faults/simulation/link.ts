import type { Random } from '../../../src/common/clock.ts'
import type { DeliveryStore } from '../../../src/db/delivery-store.ts'
import type { Backend } from './backend.ts'
import type { Machine } from './machine.ts'
import type { Oracle } from './oracle.ts'
import type { VirtualTime } from './virtual-time.ts'

/** How the way to the database is now. Shares are of calls. */
export type LinkState = { down: boolean; failing: number }

type Fate = 'carried out' | 'answer lost' | 'never arrives' | 'row refused'

/** The database, or the way to it, does not answer. `isRow`: it says that a row is at fault. */
export class LinkError extends Error {
  readonly isRow: boolean
  constructor(message: string, isRow = false) {
    super(message)
    this.isRow = isRow
  }
}

export type LinkWorld = { time: VirtualTime; random: Random; backend: Backend; oracle: Oracle; link: LinkState }

/**
 * The database as one process reaches it: calls take time, fail before or after they were carried out, and a process
 * that is killed or stopped meanwhile never learns which.
 *
 *   asked --> on its way --> carried out --> answer on its way --> answered
 *                 |               |                  |
 *                 +-- fails       +-- (killed here: done, and nobody knows)
 */
export function linkedStore(world: LinkWorld, machine: Machine): DeliveryStore {
  const { backend, oracle, random } = world
  const { store } = backend
  const owner = machine.id
  const call = <T>(run: () => Promise<T>): Promise<T> => callOver(world, machine, run)
  return {
    exclusive: store.exclusive,
    isRowFault: (error) => error instanceof LinkError && error.isRow,
    claim: (request) =>
      call(async () => {
        const claim = await store.claim(request)
        oracle.claimed(owner, request.now, request.lanes, claim)
        machine.trace(
          'claim',
          claim.deliveries.map(({ sequence, abonnementId }) => `${sequence}>${abonnementId}`),
        )
        return claim
      }),
    settle: (request) =>
      call(async () => {
        const written = await store.settle(request)
        oracle.settled(owner, request.settlements, written)
        const ends = request.settlements.map(({ sequence, abonnementId, outcome, change }, index) =>
          [`${sequence}>${abonnementId}`, outcome, change?.kind ?? '', written[index] ? '' : 'LOST'].join(' ').trim(),
        )
        machine.trace('settle', ends)
        return written
      }),
    release: (request) =>
      call(async () => {
        const count = await store.release(request)
        oracle.released(owner, request.leases)
        machine.trace(
          'release',
          request.leases.map(({ sequence, abonnementId }) => `${sequence}>${abonnementId}`),
        )
        return count
      }),
    due: () =>
      call(async () => {
        oracle.idle += 1
        return store.due()
      }),
    reclaim: (request) =>
      call(async () => {
        const reclaimed = await store.reclaim(request)
        if (reclaimed.length > 0) machine.trace('reclaim', reclaimed)
        oracle.leasesAre(await backend.hot())
        return reclaimed
      }),
    reclaimAll: () =>
      call(async () => {
        const count = await store.reclaimAll()
        oracle.leasesAre(await backend.hot())
        return count
      }),
  }

  function fate(): Fate {
    if (random() >= world.link.failing) return 'carried out'
    return (['answer lost', 'never arrives', 'row refused'] as const)[Math.floor(random() * 3)] as Fate
  }

  function callOver<T>({ time, link }: LinkWorld, { run: resume, isGone }: Machine, run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const [there, back] = [1 + random() * 15, 1 + random() * 15]
      const happens = fate()
      const answer = (give: () => void): void => void time.after(back, () => resume(give))
      time.after(there, async () => {
        // What a process sent before it was killed is carried out or not; in its own process never.
        if (isGone() && (store.exclusive || random() < 0.5)) return
        if (link.down || happens === 'never arrives') return answer(() => reject(new LinkError('does not answer')))
        if (happens === 'row refused') return answer(() => reject(new LinkError('a row is refused', true)))
        const result = await run()
        answer(() => (happens === 'answer lost' ? reject(new LinkError('connection lost')) : resolve(result)))
      })
    })
  }
}
