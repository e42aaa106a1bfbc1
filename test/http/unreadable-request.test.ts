// What never becomes a request: Node's parser refuses it before Fastify sees it.
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import t from 'tap'
import { refuseUnreadable } from '../../src/http/unreadable-request.ts'
import { startTestApp } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { listenOnLoopback } from '../support/loopback.ts'

const cases = [
  { what: 'a request line that is none', sent: 'WAT IS DIT\r\n\r\n', status: 400, code: 'bad_request' },
  {
    what: 'a method that does not exist',
    sent: 'ZAAK /api/v1/kanaal HTTP/1.1\r\n\r\n',
    status: 400,
    code: 'bad_request',
  },
  {
    what: 'headers of 17 KB',
    sent: `GET /api/v1/kanaal HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'a'.repeat(17 * 1024)}\r\n\r\n`,
    status: 431,
    code: 'request_header_fields_too_large',
  },
  {
    what: 'two lengths of a body',
    sent: 'POST /api/v1/kanaal HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
    status: 400,
    code: 'bad_request',
  },
]

void t.test('what is no HTTP request gets a problem document and the connection ends', async (t) => {
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  for (const { what, sent, status, code } of cases) {
    const answer = await answerTo(connect(port, '127.0.0.1'), sent)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    t.match(head, new RegExp(`^HTTP/1.1 ${status} `), what)
    t.match(head, /Content-Type: application\/problem\+json\r\n/, `${what}: its type`)
    t.match(JSON.parse(body), { status, code, title: String, instance: /^urn:uuid:/ }, `${what}: its document`)
  }
})

void t.test('a request that does not arrive in time is 408; a peer that is gone gets nothing', async (t) => {
  const errors = [{ code: 'ERR_HTTP_REQUEST_TIMEOUT' }, { code: 'ECONNRESET' }]
  const server = createServer((socket) => refuseUnreadable(Object.assign(new Error('x'), errors.shift()), socket))
  await listenOnLoopback(server)
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  t.match(await answerTo(connect(port, '127.0.0.1'), ''), /^HTTP\/1.1 408 .*"code":"request_timeout"/s)
  t.equal(await answerTo(connect(port, '127.0.0.1'), ''), '')
})

function answerTo(socket: Socket, sent: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    socket.on('error', () => resolve(answer))
    socket.on('close', () => resolve(answer))
    socket.write(sent)
  })
}
