import type { Random } from '../../../src/common/clock.ts'
import { seededRandom } from '../seeded-random.ts'
import type { Backend } from './backend.ts'
import { memoryBackend } from './memory-backend.ts'
import { drawProfile, type Fault, type Kind, type Profile } from './profile.ts'
import type { Mood } from './subscribers.ts'
import { World } from './world.ts'

export type Outcome = {
  seed: number
  violations: string[]
  /** The last that happened, oldest first. */
  trace: () => string[]
  deliveries: number
  attempts: number
  lost: number
  faults: readonly Fault[]
}

type Line = readonly [at: number, who: string, what: string, details: readonly string[]]

/** A day and an hour: longer than any Retry-After and any jump of the clock. */
const MUST_END_WITHIN_MS = 25 * 3_600_000
/** Events between two looks whether everything has ended. */
const LOOK_EVERY = 20
const MAX_TRACE = 400
const MOODS: readonly Mood[] = ['flaky', 'flaky', 'down', 'hanging', 'busy', 'gone', 'healthy']

/**
 * One schedule, from beginning to end: messages are published and things go wrong at moments that follow from the
 * seed; then everything is well again, and what was published must end.
 */
export async function runSchedule(
  seed: number,
  makeBackend: (exclusive: boolean) => Promise<Backend> = async (exclusive) => memoryBackend({ exclusive }),
  kind?: Kind,
): Promise<Outcome> {
  const random = seededRandom(seed)
  const profile = drawProfile(random, kind)
  const lines: Line[] = []
  const backend = await makeBackend(profile.exclusive)
  const world: World = new World({
    profile,
    random,
    backend,
    trace: (who, what, details) => {
      lines.push([world.time.elapsed, who, what, details])
      if (lines.length > 2 * MAX_TRACE) lines.splice(0, MAX_TRACE)
    },
  })
  for (let place = 0; place < profile.replicas; place += 1) world.start(place)
  planMessages(world, random)
  for (const fault of profile.faults) planFault(world, fault, random)
  await runUntil(world, () => world.time.elapsed >= profile.lengthMs)
  await heal(world)
  let steps = 0
  await runUntil(world, async () => {
    if (world.time.elapsed > profile.lengthMs + MUST_END_WITHIN_MS) return true
    return (steps += 1) % LOOK_EVERY === 0 && (await backend.hot()).length === 0
  })
  const { oracle } = world
  if (oracle.violations.length === 0) oracle.finish(await backend.done(), await backend.hot())
  return {
    seed,
    violations: oracle.violations,
    trace: () => lines.slice(-MAX_TRACE).map(lineOf),
    deliveries: oracle.asked,
    attempts: oracle.attempts,
    lost: oracle.lost,
    faults: [...profile.faults],
  }
}

/** Until the condition holds, or the oracle has seen something. */
async function runUntil(world: World, ended: () => boolean | Promise<boolean>): Promise<void> {
  while (world.oracle.violations.length === 0 && !(await ended())) {
    if (!(await world.time.step())) return
  }
}

function planMessages(world: World, random: Random): void {
  const { messages, lengthMs } = world.profile
  for (let number = 0; number < messages; number += 1) {
    world.time.after(random() * lengthMs * 0.9, () => world.publish())
  }
}

function planFault(world: World, fault: Fault, random: Random): void {
  const { profile } = world
  for (let time = 0; time < profile.times; time += 1) {
    world.time.after(random() * profile.lengthMs, () => FAULTS[fault](world, random, profile))
  }
}

const FAULTS: Record<Fault, (world: World, random: Random, profile: Profile) => void | Promise<void>> = {
  kill: (world, random) => {
    const place = placeOf(world, random)
    world.kill(place)
    world.time.after(random() * 8_000, () => {
      if (world.replicas[place] === undefined) world.start(place)
    })
  },
  stop: (world, random) => world.stop(placeOf(world, random), random() < 0.5 ? 10_000 : random() * 1_000),
  freeze: (world, random, { settings }) => {
    const machine = world.replicas[placeOf(world, random)]?.machine
    machine?.trace('FROZEN')
    machine?.freeze()
    world.time.after(random() * 2 * settings.leaseMs, () => machine?.thaw())
  },
  link: (world, random) => {
    world.link.failing = random() * 0.4
    world.time.after(random() * 5_000, () => void (world.link.failing = 0))
  },
  outage: (world, random) => {
    world.link.down = true
    world.trace('DATABASE DOWN')
    world.time.after(random() * 20_000, () => void (world.link.down = false))
  },
  jump: (world, random, { maxJumpMs }) => {
    const ms = (random() < 0.5 ? -1 : 1) * (random() < 0.95 ? random() * 20_000 : maxJumpMs)
    world.time.jump(ms)
    world.trace('CLOCKS JUMP', [`${Math.round(ms)} ms`])
  },
  catalog: async (world, random) => {
    const ids = [...world.catalog.keys()]
    const id = ids[Math.floor(random() * ids.length)]
    if (id !== undefined) await world.changeCatalog(id, random() < 0.25 ? 'delete' : 'change')
  },
  pause: async (world, random) => {
    const id = world.profile.subscriptions[Math.floor(random() * world.profile.subscriptions.length)]?.id as string
    if (!world.catalog.has(id)) return
    await world.backend.setStatus(id, 'paused', world.time.clock.now())
    world.trace('pause', [id])
    world.time.after(random() * 10_000, async () => {
      if (world.catalog.has(id)) await world.backend.setStatus(id, 'active', world.time.clock.now())
    })
  },
  moods: (world, random) => {
    const id = world.profile.subscriptions[Math.floor(random() * world.profile.subscriptions.length)]?.id as string
    const mood = MOODS[Math.floor(random() * MOODS.length)] as Mood
    world.moods.set(id, mood)
    world.trace('MOOD', [id, mood])
  },
  replay: async (world, random) => {
    const done = (await world.backend.done()).filter(({ abonnementId }) => world.catalog.has(abonnementId))
    const row = done[Math.floor(random() * done.length)]
    if (row !== undefined) await world.replay(row)
  },
}

function placeOf(world: World, random: Random): number {
  return Math.floor(random() * world.profile.replicas)
}

/** Everything is well again, for good. */
async function heal(world: World): Promise<void> {
  world.trace('everything is well again')
  Object.assign(world.link, { down: false, failing: 0 })
  world.moods.clear()
  for (const [place, replica] of world.replicas.entries()) {
    if (replica === undefined) world.start(place)
    replica?.machine.thaw()
  }
  const resumeAll = async (): Promise<void> => {
    for (const id of world.catalog.keys()) await world.backend.setStatus(id, 'active', world.time.clock.now())
  }
  await resumeAll()
  // Once more: what was under way may have ended with a 410.
  world.time.after(60_000, resumeAll)
}

function lineOf([at, who, what, details]: Line): string {
  return `${(at / 1_000).toFixed(3).padStart(10)} ${who.padEnd(6)} ${what} ${details.join(', ')}`
}
