import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { RetentionSettings } from '../../src/common/model.ts'
import type { Database, Transaction } from '../../src/db/open.ts'
import { sweepRows } from '../../src/db/retention/sweep-rows.ts'
import { createSweeper, type Sweeper } from '../../src/delivery/sweeper.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { TestClock } from '../support/clock.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import {
  anyHistory,
  anyRetention,
  expectedLeft,
  MAX_RUNS,
  NOW,
  readLeft,
  writeHistory,
  type History,
  type PastRun,
} from '../support/histories.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const RUNS = { numRuns: 25 }
/** Small, so that a few rows are many batches. */
const BATCH = 3

onEachDatabase(
  t,
  'I14 retention leaves what is needed, and everything else that is old enough goes',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    await fc.assert(
      fc.asyncProperty(anyHistory, anyRetention, async (history, settings) => {
        await writeHistory(database, history)
        // Runs of one delivery may need a round each.
        for (let round = 0; round < MAX_RUNS; round++) await sweeperOf(database, settings).sweepAll()
        assert.deepEqual(await readLeft(database), expectedLeft(history, settings))
      }),
      RUNS,
    )
    t.pass(`${RUNS.numRuns} histories`)
  },
)

onEachDatabase(t, 'I14 also while deliveries end and are sent again beside it', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const steps = fc.array(fc.nat(40), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(anyHistory, anyRetention, steps, async (history, settings, beside) => {
      await writeHistory(database, history)
      const left = beside.values()
      const sweeper = sweeperOf(database, settings, async () => {
        const { value } = left.next()
        if (value !== undefined) await endOrReplay(database, value)
        await demandWhole(database)
      })
      await sweeper.sweepAll()
      await demandWhole(database)
    }),
    RUNS,
  )
  t.pass(`${RUNS.numRuns} histories`)
})

const ended = (outcome: PastRun['outcome'], endedAgo: number): PastRun => {
  return { outcome, endedAgo, triedAgo: [endedAgo] }
}

const runs: [name: string, dead: number, runs: PastRun[], left: string[]][] = [
  ['delivered in the end: both are over when that is', 90, [ended('dead', 31 * DAY), ended('delivered', 30 * DAY)], []],
  [
    'delivered in the end: both are there until that is over',
    90,
    [ended('dead', 29 * DAY), ended('delivered', 28 * DAY)],
    ['0 a0 0 dead', '0 a0 1 delivered'],
  ],
  [
    'dead again: the last run is the dead letter',
    90,
    [ended('dead', 31 * DAY), ended('dead', 30 * DAY)],
    ['0 a0 1 dead'],
  ],
  ['dead again, where dead letters go first: together', 7, [ended('dead', 8 * DAY), ended('dead', 7 * DAY)], []],
  ['waiting again', 90, [ended('dead', 31 * DAY), ended('hot', 0)], []],
  [
    'delivered, says a server whose clock is behind: not before the run that it repeats',
    90,
    [ended('dead', 29 * DAY), ended('delivered', 30 * DAY)],
    ['0 a0 0 dead', '0 a0 1 delivered'],
  ],
]
for (const [name, deadDays, delivery, left] of runs) {
  onEachDatabase(t, `a dead letter that was sent again and is ${name}`, async (t, url) => {
    const database = await openTestDatabase(t, url)
    await writeHistory(database, {
      messages: [{ receivedAgo: 31 * DAY, deliveries: [delivery] }],
      audits: [],
      keys: [],
    })
    const kept = { notificatiesMs: 30 * DAY, attemptsMs: 14 * DAY, deadMs: deadDays * DAY, auditMs: DAY }
    for (let round = 0; round < MAX_RUNS; round++) await sweeperOf(database, kept).sweepAll()
    t.strictSame((await readLeft(database)).done, left)
  })
}

const NOTHING_KEPT = { notificatiesMs: 0, attemptsMs: 14 * DAY, deadMs: 90 * DAY, auditMs: 365 * DAY }
const cases: [name: string, deliveries: PastRun[][], messages: string[]][] = [
  ['of one that matched nobody', [], ['n0 empty']],
  ['when the last delivery has ended', [[ended('delivered', 0)], [ended('cancelled', 0)]], ['n0 empty']],
  ['not before that', [[ended('delivered', 0)], [ended('hot', 0)]], ['n0']],
  ['not of a dead letter', [[ended('delivered', 0)], [ended('dead', 0)]], ['n0']],
  ['of a dead letter that was sent again and arrived', [[ended('dead', DAY), ended('delivered', 0)]], ['n0 empty']],
  ['not of one that was sent again in vain', [[ended('delivered', DAY), ended('dead', 0)]], ['n0']],
]
for (const [name, deliveries, messages] of cases) {
  onEachDatabase(t, `who may keep no content: it goes at once, the row stays: ${name}`, async (t, url) => {
    const database = await openTestDatabase(t, url)
    await writeHistory(database, { messages: [{ receivedAgo: 0, deliveries }], audits: [], keys: [] })
    await sweeperOf(database, NOTHING_KEPT).sweepAll()
    t.strictSame((await readLeft(database)).messages, messages)
    t.equal((await readLeft(database)).done.length, deliveries.flat().filter(({ outcome }) => outcome !== 'hot').length)
  })
}

onEachDatabase(t, 'more that ended in one millisecond than a batch takes is taken in bites', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const cancelled = Array.from({ length: 11 }, () => {
    return { receivedAgo: DAY, deliveries: [[ended('cancelled', HOUR)], [ended('cancelled', HOUR)]] }
  })
  await writeHistory(database, { messages: cancelled, audits: [], keys: [] })
  const removed: number[] = []
  for (let from: number | undefined = 0; from !== undefined;) {
    const swept = await sweepRows(database, { name: 'bodiesOfDone', from, limit: 4, cutoffs: everythingUntil(NOW) })
    if (swept === 'taken') throw new Error('nobody else sweeps')
    removed.push(swept.removed)
    from = swept.next
  }
  t.strictSame(removed.slice(0, 3), [4, 4, 3])
  t.ok((await readLeft(database)).messages.every((name) => name.endsWith('empty')))
})

onEachDatabase(
  t,
  'of two that sweep at once one does, and the other leaves it to that one',
  async (t, url, provider) => {
    const database = await openTestDatabase(t, url)
    const history: History = { messages: [], audits: [60, 60, 60].map((days) => days * DAY), keys: [] }
    await writeHistory(database, history)
    const request = { name: 'audit' as const, from: 0, limit: 10, cutoffs: everythingUntil(NOW) }
    if (provider === 'sqlite') {
      t.strictSame(await sweepRows(database, request), { removed: 3, next: undefined })
      return
    }
    await database.transaction(async (tx) => {
      await tx.$queryRaw`SELECT pg_advisory_xact_lock(726964103)::text`
      t.equal(await sweepRows(database, request), 'taken')
    })
    t.strictSame(await sweepRows(database, request), { removed: 3, next: undefined })
  },
)

onEachDatabase(t, 'what has to stay is passed over once, however much it is', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const blocked = Array.from({ length: 30 }, (_, index) => ({
    receivedAgo: (60 - index) * DAY,
    deliveries: [[ended('hot', 0)]],
  }))
  await writeHistory(database, { messages: blocked, audits: [], keys: [] })
  const looked: number[] = []
  for (let from: number | undefined = 0; from !== undefined;) {
    const swept = await sweepRows(database, { name: 'notificaties', from, limit: 10, cutoffs: everythingUntil(NOW) })
    if (swept === 'taken') throw new Error('nobody else sweeps')
    looked.push(swept.removed)
    from = swept.next
  }
  t.strictSame(looked, [0, 0, 0, 0], 'three spans of ten, and the end')
})

function sweeperOf(
  database: Database,
  settings: RetentionSettings,
  between: () => Promise<void> = async () => {},
): Sweeper {
  return createSweeper({
    sweep: async (request) => {
      await between()
      return sweepRows(database, request)
    },
    settings: () => settings,
    clock: new TestClock(NOW),
    random: () => 0.5,
    logger: createLogger({ level: 'fatal' }),
    pace: { batchRows: BATCH, pauseMs: 0 },
  })
}

function everythingUntil(at: number) {
  return { attempts: at, audit: at, idempotencyKeys: at, done: at, dead: at, bodies: at }
}

/** One of the hot rows ends, or one that ended badly is sent again if its message is still there, as a replay does it. */
async function endOrReplay(database: Database, pick: number): Promise<void> {
  await database.transaction(async (tx) => {
    const hot = await tx.delivery.findMany({ orderBy: [{ sequence: 'asc' }, { abonnementId: 'asc' }] })
    const dead = await deadLetters(tx)
    const ending = hot[pick % 7]
    if (ending !== undefined && pick % 2 === 0) {
      const { sequence, abonnementId, replay, notificatieId } = ending
      const key = { sequence, abonnementId, replay }
      await tx.delivery.delete({ where: { sequence_abonnementId_replay: key } })
      const end = { outcome: pick % 3 === 0 ? 'dead' : 'delivered', attempts: 1, finishedAt: BigInt(NOW - pick * DAY) }
      await tx.deliveryDone.create({ data: { ...key, notificatieId, ...end } })
    }
    const again = dead[pick % 5]
    if (again !== undefined && pick % 2 === 1) {
      const { sequence, abonnementId, notificatieId } = again
      const due = { state: 0, dueAt: BigInt(NOW), attempt: 0 }
      await tx.delivery.create({ data: { sequence, abonnementId, replay: again.replay + 1, notificatieId, ...due } })
    }
  })
}

/** What ended badly and was not sent again. */
async function deadLetters(tx: Transaction) {
  const ended = await tx.deliveryDone.findMany({ orderBy: { sequence: 'asc' } })
  const all = [...ended, ...(await tx.delivery.findMany())]
  return ended.filter(({ sequence, abonnementId, replay, outcome }) => {
    const of = all.filter((run) => run.sequence === sequence && run.abonnementId === abonnementId)
    return outcome === 'dead' && of.every((run) => run.replay <= replay)
  })
}

/** Everything that still has to be sent, or may be sent again, has its content. */
async function demandWhole(database: Database): Promise<void> {
  await database.consistentRead(async (tx) => {
    const withContent = new Set((await tx.notificatie.findMany({ where: { NOT: { body: '' } } })).map(({ id }) => id))
    for (const { notificatieId } of await tx.delivery.findMany()) assert.ok(withContent.has(notificatieId), 'hot')
    for (const { notificatieId } of await deadLetters(tx)) assert.ok(withContent.has(notificatieId), 'dead')
  })
}
