import t from 'tap'
import { createInterruption } from '../../src/cli/interruption.ts'
import type { Database } from '../../src/db/open.ts'
import { writeServerRow } from '../../src/db/server-row.ts'
import type { CliResult } from '../support/cli.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { workplace, type Workplace } from '../support/documents.ts'

/** A database of which the test decides when a commit ends. */
function slowDatabase() {
  let end: (error?: Error) => void = () => {}
  const ended = new Promise<void>((resolve, reject) => (end = (error) => (error ? reject(error) : resolve())))
  const transaction = async (work: (tx: unknown) => Promise<unknown>): Promise<unknown> => {
    const result = await work({})
    await ended
    return result
  }
  return { database: { transaction } as unknown as Database, end }
}

const pending = (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => false), new Promise<boolean>((resolve) => setImmediate(() => resolve(true)))])

void t.test('between transactions an interruption stops at once, and nothing was changed', async (t) => {
  const interruption = createInterruption()
  t.ok(await pending(interruption.happened))
  interruption.interrupt('SIGINT')
  t.strictSame(await interruption.happened, { reason: 'SIGINT', changes: 'none' })
})

void t.test('inside a transaction, before its commit, it stops at once', async (t) => {
  const interruption = createInterruption()
  const { database } = slowDatabase()
  void interruption.guard(database).transaction(() => new Promise(() => {}))
  interruption.interrupt('SIGTERM')
  t.strictSame(await interruption.happened, { reason: 'SIGTERM', changes: 'none' })
})

void t.test('nothing is committed after an interruption', async (t) => {
  const interruption = createInterruption()
  const { database } = slowDatabase()
  let end = (): void => {}
  const open = interruption.guard(database).transaction(() => new Promise<void>((resolve) => (end = resolve)))
  interruption.interrupt('SIGTERM')
  end()
  await t.rejects(open, /interrupted/, 'the transaction that was open rolls back')
  await t.rejects(
    interruption.guard(database).transaction(async () => 1),
    /interrupted/,
  )
  await t.rejects(
    interruption.shield(async () => t.fail('it ran')),
    /interrupted/,
  )
})

const endings: [string, Error | undefined, 'committed' | 'none'][] = [
  ['succeeds', undefined, 'committed'],
  ['fails', new Error('disk full'), 'none'],
]
for (const [what, error, changes] of endings) {
  void t.test(`it waits for a commit that is under way, which ${what}`, async (t) => {
    const interruption = createInterruption()
    const { database, end } = slowDatabase()
    const committing = interruption.guard(database).transaction(async () => 1)
    committing.catch(() => {})
    await new Promise(setImmediate)
    interruption.interrupt('SIGINT')
    t.ok(await pending(interruption.happened))
    end(error)
    t.strictSame(await interruption.happened, { reason: 'SIGINT', changes })
  })
}

void t.test('told twice it waits no longer, and does not know', async (t) => {
  const interruption = createInterruption()
  const { database } = slowDatabase()
  void interruption.guard(database).transaction(async () => 1)
  await new Promise(setImmediate)
  interruption.interrupt('timeout')
  t.ok(await pending(interruption.happened))
  interruption.interrupt('SIGINT')
  t.strictSame(await interruption.happened, { reason: 'SIGINT', changes: 'unknown' })
})

void t.test('shielded work comes to its end', async (t) => {
  const interruption = createInterruption()
  let end = (): void => {}
  const work = interruption.shield(() => new Promise<void>((resolve) => (end = resolve)))
  interruption.interrupt('SIGINT')
  t.ok(await pending(interruption.happened))
  end()
  await work
  t.ok(await pending(interruption.happened), 'and the command after it')
})

/** An apply that gets a signal when it begins with `step`. */
async function signalledAt(step: string, signal: 'SIGINT' | 'SIGTERM', { bode }: Workplace): Promise<CliResult> {
  let send: (signal: 'SIGINT' | 'SIGTERM') => void = () => {}
  return bode(['apply', '--auto-approve', '--verbose', '--wait-for-servers', '3s'], {
    onInterrupt: (interrupt) => (send = interrupt),
    onStderr: (text) => {
      if (text.includes(step)) send(signal)
    },
  })
}

onEachDatabase(t, 'an apply that is interrupted before its transaction changed nothing', async (t, url) => {
  const place = workplace(t, url)
  const { exit, stderr } = await signalledAt('applying the plan', 'SIGINT', place)
  t.equal(exit, 130, stderr)
  t.match(stderr, /interrupted: SIGINT; nothing was changed\n$/)
  t.match((await place.bode(['plan'])).stdout, /7 to create/)
})

onEachDatabase(
  t,
  'an apply that is interrupted while it waits for servers says that it stays: exit 9',
  async (t, url) => {
    const place = workplace(t, url)
    const database = await openTestDatabase(t, url)
    const server = { id: 's', host: 'gw-1', pid: 7, version: '0', startedAt: 1, generation: 0, state: 'ok' as const }
    await writeServerRow(database, { ...server, reason: '' }, Date.now())
    const { exit, stderr } = await signalledAt('waiting for the servers', 'SIGTERM', place)
    t.equal(exit, 9, stderr)
    t.match(stderr, /interrupted: SIGTERM; the change was committed before, and stays/)
    t.equal((await place.bode(['plan', '--detailed-exitcode'])).exit, 0)
  },
)
