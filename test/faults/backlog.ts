import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from '../../src/common/environment.ts'
import { acceptNotificaties, type AcceptRow } from '../../src/db/accept.ts'
import { openDatabase, type Database } from '../../src/db/open.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { applyDocument, serve, type ServedProgram } from '../support/program.ts'
import { Receiver } from '../support/receiver.ts'

export type BacklogOptions = {
  databaseUrl: string
  /** How many deliveries wait when the server starts. */
  backlog: number
  /** How long at most it is watched while it works them off, ms. */
  watchMs?: number
}

/** Resident memory of the server's process, MiB. */
export type BacklogReport = {
  /** With nothing to do. */
  idle: number
  /** At most, while the backlog was worked off. */
  peak: number
  /** While every subscriber hangs, so that as much is held as is ever held. */
  hanging: number
  delivered: number
}

/**
 * What the engine may hold is 32 MiB of bodies and the objects around 512 rows; the rest is what a garbage collector
 * leaves lying about under load. It does not grow with the backlog: beside 3 000 deliveries as beside 100 000 a server on
 * SQLite had 391 MiB at most, idle 220 to 270; on PostgreSQL 333 and 345.
 */
export const MAX_GROWTH_MIB = 200

const ABONNEMENTEN = Array.from({ length: 10 }, (_, index) => `a${index}`)
const BATCH = 1_000
/** As large as a notificatie with many kenmerken. */
const BODY_BYTES = 2_000
const WATCH_MS = 300_000
const HANG_MS = 4_000

/** I13: how much memory a server needs beside a backlog, on the built program. */
export async function watchBacklog({
  databaseUrl,
  backlog,
  watchMs = WATCH_MS,
}: BacklogOptions): Promise<BacklogReport> {
  const folder = mkdtempSync(join(tmpdir(), 'bode-backlog-'))
  const receiver = new Receiver()
  await receiver.listen()
  const environment = { DATABASE_URL: databaseUrl, BODE_MASTER_KEY: newMasterKey() }
  try {
    await configure(folder, environment, receiver.url)
    const database = await openDatabase(databaseUrl)
    try {
      const idle = await withServer(environment, (server) => peakOf(server, () => sleep(1_000)))
      await fill(database, backlog)
      receiver.answer('hang')
      const hanging = await withServer(environment, (server) => peakOf(server, () => sleep(HANG_MS)))
      receiver.breakConnections()
      receiver.answer({ status: 204 })
      const peak = await withServer(environment, (server) => peakOf(server, () => drained(database, watchMs)))
      return { idle, hanging, peak, delivered: await database.reader.deliveryDone.count() }
    } finally {
      await database.close()
    }
  } finally {
    await receiver.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function configure(folder: string, environment: Environment, url: string): Promise<void> {
  const abonnementen = ABONNEMENTEN.map(
    (name) => `  ${name}: { callbackUrl: '${url}/${name}', auth: { type: no_auth }, kanalen: [{ naam: zaken }] }`,
  )
  const document = `apiVersion: bode/v1
kind: Configuration
metadata: { name: backlog, environment: dev }
kanalen: { zaken: {} }
abonnementen:
${abonnementen.join('\n')}
delivery: { maxConcurrency: 32, retry: { maxRetries: 100, backoff: 1s, baseFactor: 1, backoffMax: 1s } }
egress: { policy: private, allow: [127.0.0.0/8] }
`
  await applyDocument(document, folder, environment)
}

/** Writes what is to be delivered, dealt out over the abonnementen. */
async function fill(database: Database, backlog: number): Promise<void> {
  const { epoch } = await database.reader.catalog.findUniqueOrThrow({ where: { id: 1 } })
  const abonnementen = await database.reader.abonnement.findMany({ select: { id: true } })
  const now = Date.now()
  for (let written = 0; written < backlog; written += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, backlog - written) }, (_, index): AcceptRow => ({
      id: randomUUID(),
      kanaal: 'zaken',
      body: bodyOf(written + index),
      format: 1,
      clientId: 'publisher',
      receivedAt: now,
      addressees: [{ abonnementId: abonnementen[index % abonnementen.length]?.id ?? '', orderingKey: null }],
    }))
    await acceptNotificaties(database, rows, { epoch: Number(epoch), now, atCommit: () => {} })
  }
}

function bodyOf(number: number): string {
  const resourceUrl = `http://zaken.test/${number}`
  const kenmerken = { vulling: 'x'.repeat(BODY_BYTES) }
  const aanmaakdatum = '2026-11-23T09:00:00Z'
  const what = { kanaal: 'zaken', hoofdObject: resourceUrl, resource: 'zaak', resourceUrl, actie: 'create' }
  return JSON.stringify({ ...what, aanmaakdatum, kenmerken, source: null })
}

async function withServer<T>(environment: Environment, work: (server: ServedProgram) => Promise<T>): Promise<T> {
  const server = await serve({ teardown: () => {} }, environment)
  try {
    return await work(server)
  } finally {
    // It has nothing to lose here, and a subscriber that hangs would make it wait.
    const gone = new Promise((resolve) => server.child.once('exit', resolve))
    server.child.kill('SIGKILL')
    await gone
  }
}

/** The most that the process held in memory while `work` went on. */
async function peakOf({ child }: ServedProgram, work: () => Promise<void>): Promise<number> {
  let peak = 0
  const look = (): void => {
    peak = Math.max(peak, residentMiB(child.pid ?? 0))
  }
  const timer = setInterval(look, 100)
  await work().finally(() => clearInterval(timer))
  look()
  return peak
}

function residentMiB(pid: number): number {
  const [, kibibytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kibibytes) / 1_024)
}

/** Or not, when it takes longer than `watchMs`: memory is what is asked. */
async function drained(database: Database, watchMs: number): Promise<void> {
  const deadline = performance.now() + watchMs
  while (performance.now() < deadline && (await database.reader.delivery.findFirst({ select: { replay: true } }))) {
    await sleep(250)
  }
}
