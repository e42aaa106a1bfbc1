// Do accepts and deliveries starve each other? `npm run bench -- fairness [--seconds N] [--rounds N]`: publishes as
// fast as 32 connections can, three abonnementen each, and counts what is delivered meanwhile, with the deliveries in
// the loop that accepts and in a thread of their own, in turn, on both databases.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Agent } from 'undici'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open.ts'
import { messageBody } from '../support/notificatie.ts'
import { startPostgres } from '../support/postgres.ts'
import { Receiver } from '../support/receiver.ts'
import { seedConfiguration } from '../support/seed-configuration.ts'
import { makeToken } from '../support/token.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '8' }, rounds: { type: 'string', default: '3' } },
})
const seconds = Number(values.seconds)
const CONNECTIONS = 32
const FAN_OUT = 3
const ENTRY = { naam: 'zaken', filters: {}, acties: [], resources: [] }

type Load = { accepts: number; p50: number; p99: number; delivered: number }
type Measured = { saturated: Load; paced: Load }

async function measure(mode: string, url: string): Promise<Measured> {
  await migrate(url)
  const receiver = new Receiver()
  await receiver.listen()
  const database = await openDatabase(url)
  await seedConfiguration(database, {
    clients: { openzaak: ['notificaties.publiceren'] },
    kanalen: { zaken: [] },
    abonnementen: Array.from({ length: FAN_OUT }, () => ({ callbackUrl: receiver.url, kanalen: [ENTRY] })),
    settings: { egress: { policy: 'private', allow: ['127.0.0.0/8'] } },
  })
  await database.close()
  const script = join(import.meta.dirname, 'fairness-server.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, mode, url], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const origin = await firstLine(child)
    await load(origin, receiver, { forMs: 1_000, perSecond: Infinity })
    const saturated = await load(origin, receiver, { forMs: seconds * 1_000, perSecond: Infinity })
    await drained(receiver)
    const paced = await load(origin, receiver, { forMs: seconds * 1_000, perSecond: 200 })
    return { saturated, paced }
  } finally {
    child.stdin?.end()
    await once(child, 'exit')
    await receiver.stop()
  }
}

/** Publishes for `forMs` ms: as fast as the connections can, or so many a second whatever the answers take. */
async function load(
  origin: string,
  receiver: Receiver,
  { forMs, perSecond }: { forMs: number; perSecond: number },
): Promise<Load> {
  const agent = new Agent({ connections: CONNECTIONS, pipelining: 1 })
  const body = JSON.stringify(messageBody())
  const durations: number[] = []
  const from = performance.now()
  const until = from + forMs
  const before = receiver.requests.length
  const publish = async (): Promise<void> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${makeToken({ now: Date.now() })}` }
    const startedAt = performance.now()
    const response = await agent.request({ origin, path: '/api/v1/notificaties', method: 'POST', headers, body })
    if (response.statusCode !== 201) throw new Error(`${response.statusCode} ${await response.body.text()}`)
    await response.body.dump()
    durations.push(performance.now() - startedAt)
  }
  const worker = async (): Promise<void> => {
    while (performance.now() < until) await publish()
  }
  if (perSecond === Infinity) await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  else await paced(publish, perSecond, until)
  const elapsed = (performance.now() - from) / 1_000
  const delivered = receiver.requests.length - before
  await agent.close()
  durations.sort((a, b) => a - b)
  const at = (part: number): number => durations[Math.floor(durations.length * part)] ?? 0
  return { accepts: durations.length / elapsed, p50: at(0.5), p99: at(0.99), delivered: delivered / elapsed }
}

async function paced(publish: () => Promise<void>, perSecond: number, until: number): Promise<void> {
  const running: Promise<void>[] = []
  for (let due = performance.now(); due < until; due += 1_000 / perSecond) {
    await sleep(Math.max(0, due - performance.now()))
    running.push(publish())
  }
  await Promise.all(running)
}

async function drained(receiver: Receiver): Promise<void> {
  for (let last = -1; receiver.requests.length !== last; await sleep(1_500)) last = receiver.requests.length
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the server has no output')
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error('the server ended before it listened')
}

const folder = mkdtempSync(join(tmpdir(), 'bode-bench-'))
const postgres = await startPostgres()
try {
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const provider of ['sqlite', 'postgresql']) {
      for (const mode of ['loop', 'worker']) {
        const name = `${mode}_${round}`
        const url = provider === 'sqlite' ? `file:${join(folder, name)}.db` : await postgres.createDatabase(name)
        const { saturated, paced: quiet } = await measure(mode, url)
        process.stdout.write(
          `${provider.padEnd(10)} ${mode.padEnd(6)} saturated: ${shown(saturated)}; 200/s: ${shown(quiet)}\n`,
        )
      }
    }
  }
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)

function shown({ accepts, p50, p99, delivered }: Load): string {
  return `${accepts.toFixed(0)} accepts/s p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms, ${delivered.toFixed(0)} delivered/s`
}
