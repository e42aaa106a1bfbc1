// Arbitrary pasts of messages and their deliveries, and what retention has to leave of them.
import fc from 'fast-check'
import type { RetentionSettings } from '../../src/common/model.ts'
import type { Database, Transaction } from '../../src/db/open.ts'

const DAY = 86_400_000
/** The moment at which each history is looked at. */
export const NOW = Date.UTC(2026, 10, 23)

/** Of one delivery. */
export const MAX_RUNS = 3

const age = fc.oneof(
  fc.integer({ min: 0, max: 60 * DAY }),
  fc.integer({ min: 0, max: 60 }).map((days) => days * DAY),
)

const OUTCOMES = ['hot', 'delivered', 'cancelled', 'dead'] as const
type Outcome = (typeof OUTCOMES)[number]
export type PastRun = { outcome: Outcome; endedAgo: number; triedAgo: number[] }
/** A delivery and how often it was sent again: the first run first, and only the last may be unfinished. */
export type PastDelivery = PastRun[]
export type PastMessage = { receivedAgo: number; deliveries: PastDelivery[] }
export type History = { messages: PastMessage[]; audits: number[]; keys: number[] }

const run = (outcomes: readonly Outcome[]): fc.Arbitrary<PastRun> =>
  fc.record({ outcome: fc.constantFrom(...outcomes), endedAgo: age, triedAgo: fc.array(age, { maxLength: 2 }) })

// Also runs that ended before the one that they repeat: the clocks of two servers differ.
const delivery: fc.Arbitrary<PastDelivery> = fc
  .tuple(fc.array(run(['delivered', 'cancelled', 'dead']), { maxLength: MAX_RUNS - 1 }), run(OUTCOMES))
  .map(([earlier, last]) => [...earlier, last])

export const anyHistory: fc.Arbitrary<History> = fc.record({
  messages: fc.array(fc.record({ receivedAgo: age, deliveries: fc.array(delivery, { maxLength: 3 }) }), {
    maxLength: 12,
  }),
  audits: fc.array(age, { maxLength: 4 }),
  keys: fc.array(age, { maxLength: 4 }),
})

export const anyRetention: fc.Arbitrary<RetentionSettings> = fc
  .tuple(fc.constantFrom(0, 1, 7, 30), fc.constantFrom(1, 14, 40), fc.constantFrom(1, 20, 50), fc.constantFrom(5, 40))
  .map(([notificaties, attempts, dead, audit]) => ({
    notificatiesMs: notificaties * DAY,
    attemptsMs: attempts * DAY,
    deadMs: dead * DAY,
    auditMs: audit * DAY,
  }))

/** Writes the history in place of whatever was there. Message n is `n<n>` with sequence n, its deliveries go to `a<index>`. */
export async function writeHistory(database: Database, { messages, audits, keys }: History): Promise<void> {
  await database.transaction(async (tx) => {
    await emptyTables(tx)
    await tx.audit.createMany({ data: audits.map((ago, index) => auditRow(index, ago)) })
    await tx.idempotencyKey.createMany({ data: keys.map((ago, index) => keyRow(index, ago)) })
    await tx.notificatie.createMany({ data: messages.map(messageRow) })
    for (const [index, { deliveries }] of messages.entries()) {
      for (const [place, runs] of deliveries.entries()) {
        for (const [replay, run] of runs.entries()) await writeRun(tx, { index, place, replay }, run)
      }
    }
  })
}

/** What is in the tables, as short texts. */
export async function readLeft(database: Database): Promise<Left> {
  return database.consistentRead(async (tx) => ({
    messages: (await tx.notificatie.findMany()).map(({ id, body }) => (body === '' ? `${id} empty` : id)).toSorted(),
    hot: (await tx.delivery.findMany()).map(named).toSorted(),
    done: (await tx.deliveryDone.findMany()).map((row) => `${named(row)} ${row.outcome}`).toSorted(),
    attempts: (await tx.attempt.findMany()).map((row) => `${named(row)} ${row.number}`).toSorted(),
    audits: (await tx.audit.findMany()).map(({ id }) => id).toSorted(),
    keys: (await tx.idempotencyKey.findMany()).map(({ key }) => key).toSorted(),
  }))
}

export type Left = Record<'messages' | 'hot' | 'done' | 'attempts' | 'audits' | 'keys', string[]>

/** What should be left, said once more in another way than the statements say it. */
export function expectedLeft({ messages, audits, keys }: History, settings: RetentionSettings): Left {
  const { notificatiesMs, attemptsMs, deadMs, auditMs } = settings
  const listedMs = Math.max(notificatiesMs, attemptsMs)
  const left: Left = { messages: [], hot: [], done: [], attempts: [], audits: [], keys: [] }
  for (const [index, { receivedAgo, deliveries }] of messages.entries()) {
    let [isKept, hasBody] = [receivedAgo < listedMs, receivedAgo < notificatiesMs]
    for (const [place, runs] of deliveries.entries()) {
      const listed = listedOf(runs, { listedMs, deadMs })
      for (const [replay, { outcome, endedAgo, triedAgo }] of runs.entries()) {
        const name = `${index} a${place} ${replay}`
        const isListed = listed[replay] === true
        const isLast = replay === runs.length - 1
        if (isListed && outcome === 'hot') left.hot.push(name)
        else if (isListed) left.done.push(`${name} ${outcome}`)
        isKept ||= isListed
        const isNeeded = outcome === 'hot' || (outcome === 'dead' && isLast)
        hasBody ||= isListed && (isNeeded || endedAgo < notificatiesMs)
        left.attempts.push(...triedAgo.flatMap((ago, nth) => (ago < attemptsMs ? [`${name} ${nth + 1}`] : [])))
      }
    }
    if (isKept) left.messages.push(hasBody || notificatiesMs >= attemptsMs ? `n${index}` : `n${index} empty`)
  }
  left.audits = audits.flatMap((ago, index) => (ago < auditMs ? [`audit-${index}`] : []))
  left.keys = keys.flatMap((ago, index) => (ago < DAY ? [`key-${index}`] : []))
  for (const names of Object.values(left)) names.sort()
  return left
}

/** Which of these runs stay: each for as long as its own outcome says, but none goes before one that it repeats. */
function listedOf(runs: readonly PastRun[], { listedMs, deadMs }: { listedMs: number; deadMs: number }): boolean[] {
  const listed: boolean[] = []
  for (const [replay, { outcome, endedAgo }] of runs.entries()) {
    const asLast = outcome === 'dead' ? deadMs : listedMs
    const keptMs = replay === runs.length - 1 ? asLast : Math.min(listedMs, deadMs)
    listed.push(outcome === 'hot' || endedAgo < keptMs || listed.at(-1) === true)
  }
  return listed
}

function named({ sequence, abonnementId, replay }: { sequence: bigint; abonnementId: string; replay: number }): string {
  return `${sequence} ${abonnementId} ${replay}`
}

async function emptyTables(tx: Transaction): Promise<void> {
  await tx.audit.deleteMany()
  await tx.idempotencyKey.deleteMany()
  await tx.attempt.deleteMany()
  await tx.deliveryDone.deleteMany()
  await tx.delivery.deleteMany()
  await tx.notificatie.deleteMany()
}

type Place = { index: number; place: number; replay: number }

async function writeRun(tx: Transaction, { index, place, replay }: Place, run: PastRun): Promise<void> {
  const { outcome, endedAgo, triedAgo } = run
  const key = { sequence: BigInt(index), abonnementId: `a${place}`, replay }
  const of = { ...key, notificatieId: `n${index}` }
  if (outcome === 'hot') await tx.delivery.create({ data: { ...of, state: 0, dueAt: BigInt(NOW), attempt: 0 } })
  else {
    const finishedAt = BigInt(NOW - endedAgo)
    await tx.deliveryDone.create({ data: { ...of, outcome, attempts: triedAgo.length, finishedAt } })
  }
  await tx.attempt.createMany({
    data: triedAgo.map((ago, nth) => {
      return { ...key, number: nth + 1, startedAt: BigInt(NOW - ago), durationMs: 1, server: 'test' }
    }),
  })
}

function messageRow({ receivedAgo }: PastMessage, index: number) {
  const at = { receivedAt: BigInt(NOW - receivedAgo), sequence: BigInt(index) }
  return { id: `n${index}`, ...at, kanaal: 'zaken', body: '{}', format: 1, clientId: 'open-zaak' }
}

function auditRow(index: number, ago: number) {
  const what = { actor: 'bode', action: 'test', subject: 'test', result: 'done', detail: '{}' }
  return { id: `audit-${index}`, at: BigInt(NOW - ago), ...what }
}

function keyRow(index: number, ago: number) {
  const of = { clientId: 'open-zaak', bodyHash: '', notificatieId: 'n0' }
  return { ...of, key: `key-${index}`, createdAt: BigInt(NOW - ago) }
}
