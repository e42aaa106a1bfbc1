// What happens to a request on a kept connection that the other side has closed, with real servers that do so.
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import t, { type Test } from 'tap'
import { createEgress, type Egress, type EgressRequest } from '../../src/egress/egress.ts'
import { Secret } from '../../src/common/secret.ts'
import { authority, certified } from '../support/tls-receiver.ts'
import { listenOnLoopback } from '../support/loopback.ts'

const ca = authority('authority')

/** What a server does with the nth request on its mth connection, both from 1. */
type Behaviour = (request: number, connection: number) => 'answer' | 'reset' | 'end' | 'half'
const BYTES = {
  answer: 'HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\nkeep-alive: timeout=60\r\n\r\n',
  half: 'HTTP/1.1 204 No Con',
}

type Server = { url: string; requests: () => number; connections: () => number }

async function serverThat(t: Test, behave: Behaviour, secure: boolean): Promise<Server> {
  let [requests, connections] = [0, 0]
  const sockets = new Set<Socket>()
  const handle = (socket: Socket): void => {
    sockets.add(socket)
    connections += 1
    const connection = connections
    let onThis = 0
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (!text.endsWith('\r\n\r\nx')) return
      text = ''
      requests += 1
      onThis += 1
      const what = behave(onThis, connection)
      if (what === 'reset') socket.destroy()
      else if (what === 'end') socket.end()
      else if (what === 'half') socket.end(BYTES.half)
      else socket.write(BYTES.answer)
    })
  }
  const { key, cert } = certified('localhost', ca)
  const server = secure ? createTlsServer({ key, cert }, handle) : createServer(handle)
  const port = await listenOnLoopback(server)
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    url: `http${secure ? 's' : ''}://127.0.0.1:${port}/`,
    requests: () => requests,
    connections: () => connections,
  }
}

function egressOf(t: Test): Egress {
  const egress = createEgress({
    policy: () => ({ policy: 'private', allow: ['127.0.0.1'] }),
    ca: () => new Secret(ca.cert),
  })
  t.teardown(() => egress.close())
  return egress
}

/** One request, after which the connection is free for the next. */
async function send(egress: Egress, url: string): Promise<number> {
  const { status } = await egress.request(post(url))
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  return status
}

function post(url: string): EgressRequest {
  return { url, method: 'POST', headers: {}, body: 'x', timeoutMs: 5_000, maxResponseBytes: 1_000 }
}

for (const secure of [false, true]) {
  const over = secure ? 'https' : 'http'
  for (const way of ['reset', 'end'] as const) {
    void t.test(
      `a kept connection that dies (${way}, ${over}) costs one more request, on another connection`,
      async (t) => {
        const server = await serverThat(
          t,
          (request, connection) => (request === 2 && connection === 1 ? way : 'answer'),
          secure,
        )
        const egress = egressOf(t)
        t.equal(await send(egress, server.url), 204)
        t.equal(await send(egress, server.url), 204)
        t.equal(server.requests(), 3)
        t.equal(server.connections(), 2)
      },
    )
  }

  void t.test(`a new connection that dies is an error at once (${over})`, async (t) => {
    const server = await serverThat(t, () => 'end', secure)
    await t.rejects(egressOf(t).request(post(server.url)), { name: 'EgressError', errorClass: 'reset' })
    t.equal(server.requests(), 1)
  })

  void t.test(`it is tried again once, and not more (${over})`, async (t) => {
    const server = await serverThat(
      t,
      (request, connection) => (request === 1 && connection === 1 ? 'answer' : 'end'),
      secure,
    )
    const egress = egressOf(t)
    await send(egress, server.url)
    await t.rejects(egress.request(post(server.url)), { name: 'EgressError', errorClass: 'reset' })
    t.equal(server.requests(), 3)
  })

  void t.test(`an answer that had begun is not asked for again (${over})`, async (t) => {
    const server = await serverThat(t, (request) => (request === 1 ? 'answer' : 'half'), secure)
    const egress = egressOf(t)
    await send(egress, server.url)
    await t.rejects(egress.request(post(server.url)), { name: 'EgressError', errorClass: 'reset' })
    t.equal(server.requests(), 2, 'it may have been handled')
  })
}
