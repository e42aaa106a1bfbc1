import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import t, { type Test } from 'tap'
import { makeCertificate } from '../support/certificate.ts'
import { onEachDatabase } from '../support/databases.ts'
import { insertDeliveries } from '../support/deliveries.ts'
import { engineWorld } from '../support/engine.ts'
import { Receiver } from '../support/receiver.ts'
import { listenOnLoopback } from '../support/loopback.ts'

// Nine subscribers that behave, beside one of every kind that does not. Times are in test/bench/isolation.ts.
const GOOD = Array.from({ length: 9 }, (_, index) => `good-${index}`)
const MESSAGES = 6
const HEAD = 'HTTP/1.1 200 OK\r\n'
/** What of an answer may be in memory at once, over all who misbehave. */
const MAX_GROWTH_BYTES = 200 * 1024 * 1024

/** What each does with a connection, and the outcome that must stand in the history. */
const BAD: Record<string, { serve: (t: Test) => Promise<string>; outcome: string }> = {
  hangs: { serve: raw(() => {}), outcome: 'timeout' },
  drips: { serve: raw((socket) => drip(socket)), outcome: 'timeout' },
  'has no end': { serve: raw((socket) => flood(socket, `${HEAD}\r\n`)), outcome: '200' },
  resets: { serve: raw((socket) => socket.resetAndDestroy()), outcome: 'reset' },
  'speaks no HTTP': { serve: raw((socket) => socket.end('what do you mean?\r\n\r\n')), outcome: 'protocol' },
  'answers in headers': { serve: raw((socket) => flood(socket, `${HEAD}x: `)), outcome: 'protocol' },
  redirects: {
    serve: raw((socket) =>
      socket.end('HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n'),
    ),
    outcome: '302',
  },
  refuses: { serve: refusing, outcome: 'refused' },
  'has a bad certificate': { serve: badCertificate, outcome: 'tls' },
  'speaks no TLS': {
    serve: async (t) => (await raw((socket) => socket.end('\u0000what?'))(t)).replace('http:', 'https:'),
    outcome: 'tls',
  },
  'is the metadata service': { serve: async () => 'http://169.254.169.254/', outcome: 'denied' },
}

onEachDatabase(t, 'I7: whatever a subscriber does, the others get everything in order', async (t, url) => {
  const world = await engineWorld(t, url, {
    delivery: { timeoutMs: 1_000, retry: { maxRetries: 0, backoffMs: 1, baseFactor: 1, backoffMaxMs: 1 } },
  })
  const receiver = await Receiver.start(t)
  for (const name of GOOD) world.subscribe(name, `${receiver.url}/${name}`)
  for (const [name, { serve }] of Object.entries(BAD)) world.subscribe(name, await serve(t))
  const abonnementIds = [...GOOD, ...Object.keys(BAD)]
  const before = process.memoryUsage().rss
  await insertDeliveries(world.database, {
    abonnementIds,
    count: MESSAGES,
    now: world.clock.now(),
    orderingKey: 'strict',
  })
  world.engine.nudge(abonnementIds)
  await receiver.received(GOOD.length * MESSAGES)
  for (const name of GOOD) {
    const numbers = receiver.requests
      .filter(({ path }) => path === `/${name}`)
      .map(({ body }) => (JSON.parse(body) as { number: number }).number)
    t.strictSame(numbers, [0, 1, 2, 3, 4, 5], name)
  }

  const firstOutcomes = async (): Promise<Record<string, string>> => {
    const rows = await world.database.reader.attempt.findMany({ orderBy: { sequence: 'desc' } })
    const found = rows.map(({ abonnementId, status, error }) => [abonnementId, error ?? String(status)])
    return Object.fromEntries(found.filter(([id]) => !GOOD.includes(id as string)))
  }
  const count = Object.keys(BAD).length
  await world.until(async () => Object.keys(await firstOutcomes()).length === count, 'each was tried')
  t.strictSame(await firstOutcomes(), Object.fromEntries(Object.entries(BAD).map(([id, { outcome }]) => [id, outcome])))
  const growth = process.memoryUsage().rss - before
  t.ok(growth < MAX_GROWTH_BYTES, `${Math.round(growth / 1_048_576)} MB`)
})

onEachDatabase(t, 'I8: a subscriber that was down gets what waited without a burst', async (t, url) => {
  const world = await engineWorld(t, url, {
    delivery: { retry: { maxRetries: 100, backoffMs: 5_000, baseFactor: 1, backoffMaxMs: 5_000 } },
  })
  const receiver = await Receiver.start(t)
  receiver.answer({ status: 503 })
  world.subscribe('a', receiver.url)
  await world.publish(60, 'a')
  // A minute: what it is sent meanwhile is a probe now and then.
  for (let second = 0; second < 60; second += 5) {
    world.advance(5_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  t.ok(receiver.requests.length < 25, `${receiver.requests.length} requests while it was down`)
  await world.until(() => receiver.inFlight === 0, 'nothing is under way')
  const before = receiver.requests.length
  receiver.maxInFlight = 0
  receiver.answer({ status: 204, delayMs: 5 })
  while ((await world.database.reader.delivery.count()) > 0) {
    world.advance(5_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  t.equal(receiver.requests.length - before, 60, 'each once')
  t.ok(receiver.maxInFlight <= 8, `${receiver.maxInFlight} at once`)
})

/** A server that does this with whoever sends something. */
function raw(behave: (socket: Socket) => void): (t: Test) => Promise<string> {
  return async (t) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => behave(socket))
      t.teardown(() => socket.destroy())
    })
    return listening(t, server, 'http')
  }
}

async function refusing(): Promise<string> {
  const server = createServer()
  const port = await listenOnLoopback(server)
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}/`
}

async function badCertificate(t: Test): Promise<string> {
  const server = createTlsServer(makeCertificate(), (socket) => socket.on('error', () => {}))
  server.on('tlsClientError', () => {})
  return listening(t, server, 'https')
}

async function listening(t: Test, server: ReturnType<typeof createServer>, scheme: string): Promise<string> {
  await listenOnLoopback(server)
  t.teardown(() => server.close())
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** One byte of the body every 50 ms, for ever. */
function drip(socket: Socket): void {
  socket.write(`${HEAD}\r\n`)
  const timer = setInterval(() => socket.write('.'), 50)
  socket.once('close', () => clearInterval(timer))
}

/** As fast as the other side takes it, for ever. */
function flood(socket: Socket, head: string): void {
  socket.write(head)
  const chunk = Buffer.alloc(65_536, 'x')
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk)) continue
  }
  socket.on('drain', more)
  more()
}
