import t from 'tap'
import { DEFAULT_SETTINGS } from '../../src/common/model.ts'
import type { Swept, SweepRequest } from '../../src/db/retention/sweep-rows.ts'
import { createSweeper, type Sweeper } from '../../src/delivery/sweeper.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { TestClock } from '../support/clock.ts'
import { TestTimers } from '../support/timers.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NO_CONTENT = { ...DEFAULT_SETTINGS.retention, notificatiesMs: 0 }

type World = {
  sweeper: Sweeper
  clock: TestClock
  timers: TestTimers
  asked: SweepRequest[]
  log: Record<string, unknown>[]
}

/** A sweeper whose database answers as it is told: by default there is nothing to remove. */
function world(settings = DEFAULT_SETTINGS.retention, answer: () => Swept | Promise<Swept> = NOTHING): World {
  const clock = new TestClock()
  const timers = new TestTimers(clock)
  const asked: SweepRequest[] = []
  const log: Record<string, unknown>[] = []
  const sweeper = createSweeper({
    sweep: async (request) => {
      asked.push(request)
      return answer()
    },
    settings: () => settings,
    clock,
    timers,
    random: () => 0.5,
    logger: createLogger({ level: 'info', destination: { write: (line) => log.push(JSON.parse(line) as never) } }),
  })
  return { sweeper, clock, timers, asked, log }
}

const NOTHING = (): Swept => ({ removed: 0, next: undefined })
const names = ({ asked }: World): string[] => asked.map(({ name }) => name)

void t.test(
  'everything is looked for soon after the start and then every hour, messages after their deliveries',
  async (t) => {
    const at = world()
    at.sweeper.start()
    await at.timers.pass(29_000)
    t.strictSame(names(at), [])
    await at.timers.pass(2_000)
    t.strictSame(names(at), ['attempts', 'audit', 'idempotencyKeys', 'done', 'notificaties'])
    await at.timers.pass(HOUR - 60_000)
    t.equal(at.asked.length, 5)
    await at.timers.pass(120_000)
    t.equal(at.asked.length, 10)
  },
)

void t.test('who may keep no content does not wait for that hour', async (t) => {
  const at = world(NO_CONTENT)
  at.sweeper.start()
  await at.timers.pass(31_000)
  t.strictSame(names(at), ['attempts', 'audit', 'idempotencyKeys', 'done', 'notificaties', 'bodies'])
  const [first] = at.asked.slice(-1)
  t.equal(first?.from, 0, 'of all messages')
  await at.timers.pass(10_000)
  t.strictSame(names(at).slice(6), ['bodies', 'bodiesOfDone'])
  for (const { from, cutoffs } of at.asked.slice(6)) {
    t.equal(cutoffs.bodies, at.clock.now() - 1_000)
    t.equal(cutoffs.bodies - from, 130_000, 'of what ended since the last time, and what may have been written late')
  }
})

void t.test('another server that sweeps is left to it', async (t) => {
  const at = world(DEFAULT_SETTINGS.retention, () => 'taken')
  t.strictSame(await at.sweeper.sweepAll(), {})
  t.strictSame(names(at), ['attempts'])
})

void t.test('between two batches it lets others write', async (t) => {
  const answers: Swept[] = [
    { removed: 500, next: 0 },
    { removed: 20, next: 7 },
  ]
  const at = world(DEFAULT_SETTINGS.retention, () => answers.shift() ?? NOTHING())
  const sweeping = at.sweeper.sweepAll()
  await at.timers.pass(49)
  t.equal(at.asked.length, 1)
  await at.timers.pass(200)
  t.strictSame(await sweeping, { attempts: 520 })
  t.strictSame(
    at.asked.slice(0, 3).map(({ from }) => from),
    [0, 0, 7],
  )
  t.match(at.log, [{ removed: { attempts: 520 }, msg: 'removed what was kept long enough' }])
})

void t.test('a database that does not answer is tried again later', async (t) => {
  let down = true
  const at = world(DEFAULT_SETTINGS.retention, () => {
    if (down) throw new Error('connection refused')
    return NOTHING()
  })
  at.sweeper.start()
  await at.timers.pass(31_000)
  t.match(at.log, [{ error: 'Error', msg: 'what is over cannot be removed' }])
  down = false
  await at.timers.pass(HOUR + 20_000)
  t.equal(at.asked.length, 6)
})

void t.test('stop waits for the batch that is under way and begins no other', async (t) => {
  let answer = (_swept: Swept): void => {}
  const at = world(DEFAULT_SETTINGS.retention, () => new Promise<Swept>((resolve) => (answer = resolve)))
  at.sweeper.start()
  await at.timers.pass(31_000)
  let stopped = false
  const stopping = at.sweeper.stop().then(() => (stopped = true))
  await at.timers.pass(0)
  t.equal(stopped, false)
  answer({ removed: 500, next: 0 })
  await at.timers.pass(1_000)
  await stopping
  await at.timers.pass(DAY)
  t.equal(at.asked.length, 1)
})
