import { createServer as createTlsServer } from 'node:tls'
import { createServer, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { Settings } from '../../src/common/model.ts'
import { createEgress, type Egress, type EgressOptions, type EgressRequest } from '../../src/egress/egress.ts'
import { Receiver } from '../support/receiver.ts'
import { listenOnLoopback } from '../support/loopback.ts'

const LOOPBACK: Settings['egress'] = { policy: 'private', allow: ['127.0.0.0/8'] }

function egressOf(t: Test, options: Partial<EgressOptions> = {}): Egress {
  const egress = createEgress({ policy: () => LOOPBACK, ...options })
  t.teardown(() => egress.close())
  return egress
}

function post(url: string, more: Partial<EgressRequest> = {}): EgressRequest {
  return { url, method: 'POST', headers: {}, body: 'x', timeoutMs: 5_000, maxResponseBytes: 1_000, ...more }
}

void t.test('a request goes out as given, and asks for no compression', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.answer({ status: 202, headers: { 'x-answer': 'yes' }, body: 'ok' })
  const response = await egressOf(t).request(
    post(`${receiver.url}/a%20b?q=1`, { body: 'é', headers: { authorization: 'Bearer x' } }),
  )
  t.match(response, { status: 202, headers: { 'x-answer': 'yes' }, truncated: false })
  t.equal(response.body.toString(), 'ok')
  t.ok(response.durationMs >= 0)
  t.match(receiver.requests, [
    {
      path: '/a%20b?q=1',
      method: 'POST',
      body: 'é',
      headers: { authorization: 'Bearer x', 'accept-encoding': 'identity', 'content-length': '2' },
    },
  ])
})

void t.test('a redirect is an answer, and is not followed', async (t) => {
  const [receiver, elsewhere] = [await Receiver.start(t), await Receiver.start(t)]
  receiver.answer({ status: 307, headers: { location: `${elsewhere.url}/` } })
  t.equal((await egressOf(t).request(post(receiver.url))).status, 307)
  t.equal(elsewhere.requests.length, 0)
})

void t.test('an answer is read up to the limit, then the connection is closed', async (t) => {
  const receiver = await Receiver.start(t)
  const egress = egressOf(t)
  receiver.answer({ status: 200, body: Buffer.alloc(8_000_000, 'a') })
  const long = await egress.request(post(receiver.url, { maxResponseBytes: 10 }))
  t.match(long, { status: 200, truncated: true, body: Buffer.from('a'.repeat(10)) })
  receiver.answer({ status: 200, body: '1234567890' })
  t.match(await egress.request(post(receiver.url, { maxResponseBytes: 10 })), { truncated: false })
})

void t.test('connections are used again', async (t) => {
  const receiver = await Receiver.start(t)
  const egress = egressOf(t)
  for (let i = 0; i < 20; i += 1) await egress.request(post(receiver.url))
  t.ok(receiver.connections <= 2, 'two at most: one may not be free yet when the next request comes')
})

void t.test('neighbours that misbehave', async (t) => {
  const receiver = await Receiver.start(t)
  const egress = egressOf(t)
  const short = { timeoutMs: 150 }

  receiver.answer('hang')
  await t.rejects(
    egress.request(post(receiver.url, short)),
    { name: 'EgressError', errorClass: 'timeout' },
    'one that hangs',
  )
  receiver.answer({ drip: { everyMs: 20 } })
  await t.rejects(
    egress.request(post(receiver.url, short)),
    { name: 'EgressError', errorClass: 'timeout' },
    'one that drips',
  )
  receiver.answer('reset')
  await t.rejects(egress.request(post(receiver.url)), { name: 'EgressError', errorClass: 'reset' }, 'one that resets')
  receiver.answer('garbage')
  await t.rejects(
    egress.request(post(receiver.url)),
    { name: 'EgressError', errorClass: 'protocol' },
    'one that speaks no HTTP',
  )
  receiver.answer({ status: 200, headers: { 'x-long': 'a'.repeat(40_000) } })
  await t.rejects(
    egress.request(post(receiver.url)),
    { name: 'EgressError', errorClass: 'protocol' },
    'one with huge headers',
  )
  receiver.answer({ status: 204 })
  t.equal((await egress.request(post(receiver.url))).status, 204, 'and it works when they behave again')
})

void t.test('nobody listens', async (t) => {
  const receiver = new Receiver()
  await receiver.listen()
  const { url } = receiver
  await receiver.stop()
  await t.rejects(egressOf(t).request(post(`${url}/secret?key=1`)), {
    name: 'EgressError',
    errorClass: 'refused',
    message: '127.0.0.1: connection refused (ECONNREFUSED)',
  })
})

void t.test('no TLS where TLS is expected', async (t) => {
  const plain = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
  const noCertificate = createTlsServer({}, () => {})
  for (const server of [plain, noCertificate]) {
    await listenOnLoopback(server)
    t.teardown(() => server.close())
    const { port } = server.address() as AddressInfo
    await t.rejects(egressOf(t).request(post(`https://127.0.0.1:${port}`)), { name: 'EgressError', errorClass: 'tls' })
  }
})

void t.test('a caller gives up', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.answer('hang')
  const controller = new AbortController()
  const pending = egressOf(t).request(post(receiver.url, { signal: controller.signal }))
  await receiver.received(1)
  controller.abort()
  await t.rejects(pending, { name: 'EgressError', errorClass: 'aborted' })
  await t.rejects(egressOf(t).request(post(receiver.url, { signal: controller.signal })), {
    name: 'EgressError',
    errorClass: 'aborted',
  })
  t.equal(receiver.requests.length, 1)
})

void t.test('URLs and headers that are refused before anything is sent, without repeating them', async (t) => {
  const egress = egressOf(t)
  for (const url of ['ftp://127.0.0.1/canary', 'file:///canary', 'canary', 'http://user:canary@127.0.0.1/']) {
    const error = (await egress.request(post(url)).catch((error: unknown) => error)) as Error
    t.match(error, { name: 'EgressError', errorClass: 'url' }, url)
    t.notMatch(error.message, /canary/)
  }
  for (const value of ['canary\r\nx: y', 'canary\u0000', 'canaryé', 'canary\u007f']) {
    const request = post('http://127.0.0.1:1/', { headers: { authorization: value } })
    const error = (await egress.request(request).catch((error: unknown) => error)) as Error
    t.match(error, { errorClass: 'header', message: /authorization/ })
    t.notMatch(error.message, /canary/)
  }
})

void t.test('without an allow entry loopback is not connected to, however it is written', async (t) => {
  const receiver = await Receiver.start(t)
  const { port } = new URL(receiver.url)
  const egress = egressOf(t, { policy: () => ({ policy: 'private', allow: [] }) })
  for (const host of ['127.0.0.1', '0x7f000001', '2130706433', '127.1', '[::ffff:127.0.0.1]', '[::1]', 'localhost']) {
    await t.rejects(
      egress.request(post(`http://${host}:${port}/`)),
      { name: 'EgressError', errorClass: 'denied' },
      host,
    )
  }
  t.equal(receiver.connections, 0)
})

void t.test('a name is resolved once per connection, and only vetted addresses are connected to', async (t) => {
  const receiver = await Receiver.start(t)
  const { port } = new URL(receiver.url)
  const answers: Record<string, string[]> = {
    'mixed.test': ['169.254.169.254', '127.0.0.1'],
    'denied.test': ['169.254.169.254', '0.0.0.0'],
    'none.test': [],
    'nonsense.test': ['not an address'],
  }
  const asked: string[] = []
  const egress = egressOf(t, {
    resolver: async (host) => {
      asked.push(host)
      if (answers[host] === undefined) throw Object.assign(new Error('canary'), { code: 'ENOTFOUND' })
      return answers[host].map((address) => ({ address, family: 4 }))
    },
  })
  t.equal((await egress.request(post(`http://mixed.test:${port}/`))).status, 204)
  t.strictSame(asked, ['mixed.test'])
  t.equal(receiver.requests[0]?.headers.host, `mixed.test:${port}`, 'the host header is the name')
  await t.rejects(egress.request(post(`http://denied.test:${port}/`)), {
    name: 'EgressError',
    errorClass: 'denied',
    message: /metadata/,
  })
  await t.rejects(egress.request(post(`http://none.test:${port}/`)), { name: 'EgressError', errorClass: 'dns' })
  await t.rejects(egress.request(post(`http://nonsense.test:${port}/`)), { name: 'EgressError', errorClass: 'network' })
  await t.rejects(egress.request(post(`http://missing.test:${port}/`)), {
    errorClass: 'dns',
    message: 'missing.test: the host name does not resolve (ENOTFOUND)',
  })
})

void t.test('a name that changes its mind after it was vetted (rebinding) is judged again', async (t) => {
  const receiver = await Receiver.start(t)
  const { port } = new URL(receiver.url)
  const answers = ['127.0.0.1', '127.0.0.2']
  const egress = egressOf(t, {
    policy: () => ({ policy: 'private', allow: ['127.0.0.1'] }),
    resolver: async () => [{ address: answers.shift() ?? '', family: 4 }],
  })
  t.equal((await egress.request(post(`http://rebind.test:${port}/`))).status, 204)
  receiver.breakConnections()
  await t.rejects(egress.request(post(`http://rebind.test:${port}/`)), { name: 'EgressError', errorClass: 'denied' })
  t.equal(receiver.requests.length, 1)
})

void t.test('a stricter policy also ends the use of connections that are open', async (t) => {
  const receiver = await Receiver.start(t)
  let policy = LOOPBACK
  const egress = egressOf(t, { policy: () => policy })
  for (let i = 0; i < 20; i += 1) {
    policy = { policy: 'private', allow: [...LOOPBACK.allow] }
    await egress.request(post(receiver.url))
  }
  t.ok(receiver.connections <= 2, 'an equal policy keeps them')
  policy = { policy: 'public', allow: [] }
  await t.rejects(egress.request(post(receiver.url)), { name: 'EgressError', errorClass: 'denied' })
  t.equal(receiver.requests.length, 20)
})
