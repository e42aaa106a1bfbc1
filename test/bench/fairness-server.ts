// The server of `fairness.ts`, put together with its deliveries in the loop that accepts (`loop`, as the product is)
// or in a thread of their own (`worker`). It says where it listens and runs until its stdin ends.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createAbonnementen } from '../../src/abonnementen/abonnementen.ts'
import { createCatalogWriter } from '../../src/abonnementen/catalog-writer.ts'
import { createKanalen } from '../../src/abonnementen/kanalen.ts'
import { createAuthorizer } from '../../src/autorisaties/authorizer.ts'
import { systemClock } from '../../src/common/clock.ts'
import { createDeliveryStore } from '../../src/db/delivery-store.ts'
import { openDatabase } from '../../src/db/open.ts'
import { createDeliveryEngine, type DeliveryEngine } from '../../src/delivery/engine.ts'
import { createEgress } from '../../src/egress/egress.ts'
import { createApp } from '../../src/http/app.ts'
import { createPublisher } from '../../src/notificaties/publish.ts'
import { sentBody } from '../../src/notificaties/sent-body.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { startRuntime } from '../../src/runtime/runtime.ts'
import { testMasterKey } from '../support/seed.ts'

const [mode, url] = isMainThread ? process.argv.slice(2) : (workerData as string[])
if (url === undefined) throw new Error('usage: fairness-server.ts loop|worker URL')

const database = await openDatabase(url)
const logger = createLogger({ level: 'silent' })
const server = { id: isMainThread ? 'accepts' : 'delivers', host: 'bench', pid: process.pid, version: '0' }
const runtime = await startRuntime({ database, masterKey: testMasterKey, clock: systemClock, logger, server })
const egress = createEgress({ policy: () => runtime.snapshot().settings.egress })
const shared = {
  database,
  snapshot: () => runtime.snapshot(),
  reload: () => runtime.reload(),
  clock: systemClock,
  logger,
  egress,
}

async function startEngine(): Promise<DeliveryEngine> {
  const store = createDeliveryStore(database)
  const engine = createDeliveryEngine({ ...shared, store, random: Math.random, serverId: server.id, sentBody })
  await engine.start()
  return engine
}

async function listen(nudge: (ids: string[]) => void): Promise<string> {
  const write = createCatalogWriter(shared)
  const app = await createApp({
    ...shared,
    authorizer: createAuthorizer(shared),
    publisher: createPublisher({ ...shared, onCommitted: (ids) => nudge([...ids]) }),
    kanalen: createKanalen({ ...shared, write }),
    abonnementen: createAbonnementen({ ...shared, write, provider: database.provider, masterKey: testMasterKey }),
    noteUse: (use) => runtime.noteUse(use),
    version: '0',
    ready: () => true,
  })
  return app.listen({ host: '127.0.0.1', port: 0 })
}

if (!isMainThread) {
  const engine = await startEngine()
  parentPort?.on('message', (ids: string[]) => engine.nudge(ids))
} else {
  let nudge: (ids: string[]) => void
  if (mode === 'worker') {
    // A worker of Node 20 does not take over the loader of TypeScript.
    const code = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(import.meta.url)})))`
    const worker = new Worker(code, { eval: true, workerData: [mode, url] })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads of Node have no origin
    nudge = (ids) => worker.postMessage(ids)
  } else {
    const engine = await startEngine()
    nudge = (ids) => engine.nudge(ids)
  }
  process.stdout.write(`${await listen(nudge)}\n`)
  process.stdin.resume().once('end', () => process.exit(0))
}
