// How many messages a second are accepted durably, over HTTP, with a token each and one matching
// abonnement: `npx tsx test/bench/accept.ts [seconds] [connections]`. SQLite in a temporary folder;
// DATABASE_URL names another, empty and migrated database.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent } from 'undici'
import { createAbonnementen } from '../../src/abonnementen/abonnementen.ts'
import { createCatalogWriter } from '../../src/abonnementen/catalog-writer.ts'
import { createKanalen } from '../../src/abonnementen/kanalen.ts'
import { createAuthorizer } from '../../src/autorisaties/authorizer.ts'
import { systemClock } from '../../src/common/clock.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open.ts'
import { createEgress } from '../../src/egress/egress.ts'
import { createApp } from '../../src/http/app.ts'
import { createPublisher } from '../../src/notificaties/publish.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { startRuntime } from '../../src/runtime/runtime.ts'
import { messageBody } from '../support/notificatie.ts'
import { seedConfiguration } from '../support/seed-configuration.ts'
import { testMasterKey } from '../support/seed.ts'
import { makeToken } from '../support/token.ts'

const [seconds = 5, connections = 64] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'bode-bench-'))
const url = process.env['DATABASE_URL'] ?? `file:${join(folder, 'bode.db')}`
await migrate(url)
const database = await openDatabase(url)
const entry = { naam: 'zaken', filters: {}, acties: [], resources: [] }
await seedConfiguration(database, {
  clients: { openzaak: ['notificaties.publiceren'] },
  kanalen: { zaken: [] },
  abonnementen: [{ callbackUrl: 'http://127.0.0.1:1/', kanalen: [entry] }],
})
const clock = systemClock
const logger = createLogger({ level: 'warn' })
const server = { id: 'bench', host: 'bench', pid: process.pid, version: '0' }
const runtime = await startRuntime({ database, masterKey: testMasterKey, clock, logger, server })
const snapshot = () => runtime.snapshot()
const reload = () => runtime.reload()
const egress = createEgress({ policy: () => snapshot().settings.egress })
const shared = {
  database,
  snapshot,
  reload,
  clock,
  logger,
  egress,
  write: createCatalogWriter({ database, reload }),
}
const app = await createApp({
  ...shared,
  authorizer: createAuthorizer(shared),
  publisher: createPublisher({ ...shared, onCommitted: () => {} }),
  kanalen: createKanalen(shared),
  abonnementen: createAbonnementen({ ...shared, provider: database.provider, masterKey: testMasterKey }),
  noteUse: (use) => runtime.noteUse(use),
  version: '0',
  ready: () => true,
})
const origin = await app.listen({ host: '127.0.0.1', port: 0 })

const agent = new Agent({ connections, pipelining: 1 })
const body = JSON.stringify(messageBody())
const durations: number[] = []
const until = performance.now() + seconds * 1_000

async function worker(): Promise<void> {
  while (performance.now() < until) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${makeToken({ now: Date.now() })}` }
    const startedAt = performance.now()
    const response = await agent.request({ origin, path: '/api/v1/notificaties', method: 'POST', headers, body })
    if (response.statusCode !== 201) throw new Error(`${response.statusCode} ${await response.body.text()}`)
    await response.body.dump()
    durations.push(performance.now() - startedAt)
  }
}

const before = process.cpuUsage()
await Promise.all(Array.from({ length: connections }, worker))
const { user, system } = process.cpuUsage(before)
durations.sort((a, b) => a - b)
const percentile = (p: number): string => (durations[Math.floor(durations.length * p)] ?? 0).toFixed(1)
const stored = await database.reader.notificatie.count()
process.stdout.write(
  `${database.provider}: ${Math.round(durations.length / seconds)} accepts/s over ${connections} connections, ` +
    `p50 ${percentile(0.5)} ms, p95 ${percentile(0.95)} ms, p99 ${percentile(0.99)} ms; ${stored} stored; ` +
    `${((user + system) / 1_000 / durations.length).toFixed(2)} ms of CPU each, client included\n`,
)
await agent.close()
await app.close()
await runtime.stop()
await egress.close()
await database.close()
rmSync(folder, { recursive: true, force: true })
