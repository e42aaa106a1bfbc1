import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from '../../../src/common/environment.ts'
import { packageRoot } from '../../../src/common/package-root.ts'
import { openDatabase } from '../../../src/db/open.ts'
import { newMasterKey } from '../../../src/secrets/master-key.ts'
import { applyDocument } from '../../support/program.ts'
import { SECRET } from '../../support/token.ts'
import { freePort } from '../../support/loopback.ts'

/** A database that a server can be started on, as often as is wanted. */
export type Configured = { environment: Environment; databaseUrl: string; folder: string }

export type ConfiguredOptions = {
  databaseUrl: string
  folder: string
  /** Where the abonnementen listen, each on a path of its own. */
  receiver: string
  /** How many abonnementen get every message. */
  fanOut: number
  /** How many others of the kanaal get none. */
  others?: number
  /** Nothing is sent: what is published waits. */
  paused?: boolean
}

export type Served = {
  url: string
  pid: number
  /** From its start until it said that it is ready, ms. */
  readyMs: number
  /** Asks it to stop and waits until it has. */
  stop(): Promise<void>
}

const BIN = join(packageRoot, 'dist/bin.js')
const POLL_MS = 2
const GIVE_UP_MS = 60_000

/** Migrates the database and applies abonnementen on kanaal zaken, with the built program. */
export async function configured(options: ConfiguredOptions): Promise<Configured> {
  const { databaseUrl, folder, paused = false } = options
  const environment = { DATABASE_URL: databaseUrl, BODE_MASTER_KEY: newMasterKey() }
  const own = mkdtempSync(join(folder, 'served-'))
  await applyDocument(document(options), own, environment)
  if (paused) await pauseAll(databaseUrl)
  return { environment, databaseUrl, folder: own }
}

/**
 * The built program as it is by default, its log in a file: a pipe would have the load read it. Resolves when it is
 * ready; the caller stops it. Throws when it ends before.
 */
export async function served({ environment, folder }: Configured): Promise<Served> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { PATH: process.env['PATH'], BODE_HTTP_HOST: '127.0.0.1', BODE_HTTP_PORT: String(port), ...environment }
  const logFile = join(folder, 'serve.log')
  const log = openSync(logFile, 'w')
  const from = performance.now()
  const child = spawn(process.execPath, [BIN, 'serve'], { env, stdio: ['ignore', log, log] })
  closeSync(log)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() > from + GIVE_UP_MS) {
      await stop()
      throw new Error(`bode serve does not get ready:\n${readFileSync(logFile, 'utf8').slice(0, 2_000)}`)
    }
    await sleep(POLL_MS)
  }
  return { url, pid: child.pid ?? 0, readyMs: performance.now() - from, stop }
}

/** As `bode deliveries pause` does, without a process for each. */
async function pauseAll(databaseUrl: string): Promise<void> {
  const database = await openDatabase(databaseUrl)
  const abonnementen = await database.reader.abonnement.findMany({ select: { id: true } })
  const changedAt = BigInt(Date.now())
  await database.transaction((tx) =>
    tx.abonnementState.createMany({
      data: abonnementen.map(({ id }) => ({ abonnementId: id, status: 'paused', changedAt })),
    }),
  )
  await database.close()
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`)
    await response.text()
    return response.ok
  } catch {
    return false
  }
}

function document({ receiver, fanOut, others = 0 }: ConfiguredOptions): string {
  const abonnement = (name: string, filters: string): string => `  ${name}:
    callbackUrl: ${receiver}/${name}
    auth: { type: no_auth }
    kanalen: [{ naam: zaken${filters} }]`
  const abonnementen = [
    ...Array.from({ length: fanOut }, (_, index) => abonnement(`abonnement-${index}`, '')),
    ...Array.from({ length: others }, (_, index) =>
      abonnement(`other-${index}`, `, filters: { bronorganisatie: "${100_000_000 + index}" }`),
    ),
  ]
  return `apiVersion: bode/v1
kind: Configuration
metadata: { name: bench, environment: dev }
clientCredentials:
  openzaak:
    secret: { insecureLiteral: ${SECRET} }
    authorizedBy: configuration
    scopes: [notificaties.publiceren]
kanalen: { zaken: { filters: [bronorganisatie] } }
abonnementen:
${abonnementen.join('\n')}
egress: { policy: private, allow: [127.0.0.0/8] }
`
}
