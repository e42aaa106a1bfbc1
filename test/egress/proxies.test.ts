import t, { type Test } from 'tap'
import type { Settings } from '../../src/common/model.ts'
import { Secret } from '../../src/common/secret.ts'
import { createEgress, type Egress, type EgressRequest } from '../../src/egress/egress.ts'
import { proxyFor, readProxies } from '../../src/egress/proxies.ts'
import { assertNoLeak } from '../support/canary.ts'
import { PROXY_PASSWORD as PASSWORD, startProxy } from '../support/proxy.ts'
import { Receiver } from '../support/receiver.ts'
import { authority, materialOf, startTlsReceiver } from '../support/tls-receiver.ts'

const ca = authority('authority')

function egressOf(t: Test, proxy: string, policy: Settings['egress'], more: Record<string, string> = {}): Egress {
  const proxies = readProxies({ HTTPS_PROXY: proxy, HTTP_PROXY: proxy, ...more })
  const resolver = async (): Promise<never> => t.fail('nothing is resolved here') as never
  const egress = createEgress({ policy: () => policy, proxies, resolver, ca: () => new Secret(ca.cert) })
  t.teardown(() => egress.close())
  return egress
}

function post(url: string, more: Partial<EgressRequest> = {}): EgressRequest {
  return { url, method: 'POST', headers: {}, body: 'x', timeoutMs: 5_000, maxResponseBytes: 1_000, ...more }
}

const PRIVATE: Settings['egress'] = { policy: 'private', allow: [] }

void t.test('https goes through a tunnel, http as a request to the proxy, with its own authorization', async (t) => {
  const [proxy, plain, secure] = [await startProxy(t), await Receiver.start(t), await startTlsReceiver(t, ca)]
  const egress = egressOf(t, proxy.url, { policy: 'private', allow: ['localhost'] })
  const ports = [plain.url, secure.url].map((url) => new URL(url).port)
  t.equal((await egress.request(post(`http://zac.test:${ports[0]}/a`))).status, 204)
  const identity = { name: 'zac', ...materialOf('zac', ca) }
  t.equal((await egress.request(post(`https://localhost:${ports[1]}/`, { identity }))).status, 204)
  t.strictSame(proxy.asked, [`POST http://zac.test:${ports[0]}/a`, `CONNECT localhost:${ports[1]}`])
  t.strictSame(secure.seen, ['zac'], 'the subscriber sees our certificate, through the tunnel')
  const basic = `Basic ${Buffer.from(`bode:${PASSWORD}`).toString('base64')}`
  t.ok(proxy.authorizations.every((authorization) => authorization === basic))
  t.equal(plain.requests[0]?.headers['proxy-authorization'], undefined)
})

void t.test('names and literals are judged before the proxy is asked for them', async (t) => {
  const proxy = await startProxy(t)
  const denied = [
    'http://127.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://0x7f000001/',
    'http://[::ffff:169.254.169.254]/',
    'https://localhost/',
    'http://a.localhost./',
    'http://metadata.google.internal/',
  ]
  for (const url of denied) {
    await t.rejects(
      egressOf(t, proxy.url, PRIVATE).request(post(url)),
      { name: 'EgressError', errorClass: 'denied' },
      url,
    )
  }
  const listed: Settings['egress'] = { policy: 'listed', allow: ['zac.test'] }
  for (const url of ['https://other.test/', 'http://zac.test/']) {
    await t.rejects(
      egressOf(t, proxy.url, listed).request(post(url)),
      { name: 'EgressError', errorClass: 'denied' },
      url,
    )
  }
  t.strictSame(proxy.asked, [])
})

void t.test('a proxy that refuses, or is not there, is an error that says nothing of its password', async (t) => {
  const proxy = await startProxy(t)
  proxy.refuse(403)
  const gone = `http://bode:${PASSWORD}@127.0.0.1:1`
  const errors = [
    await egressOf(t, proxy.url, PRIVATE)
      .request(post('https://zac.test/'))
      .catch((error: unknown) => error),
    await egressOf(t, gone, PRIVATE)
      .request(post('https://zac.test/'))
      .catch((error: unknown) => error),
    await egressOf(t, gone, PRIVATE)
      .request(post('http://zac.test/'))
      .catch((error: unknown) => error),
  ] as Error[]
  t.match(errors, [
    { name: 'EgressError', errorClass: 'proxy', message: /^zac\.test: the proxy did not make the connection/ },
    { name: 'EgressError', errorClass: 'refused' },
    { name: 'EgressError', errorClass: 'refused' },
  ])
  for (const error of errors) assertNoLeak(t, `${error.message} ${error.stack} ${JSON.stringify(error)}`, 'the error')
  for (const text of [`http://bode:${PASSWORD}@`, `ftp://bode:${PASSWORD}@x`, `http://${PASSWORD} x`]) {
    t.throws(() => readProxies({ HTTPS_PROXY: text }), {
      kind: 'invalid',
      message: /^HTTPS_PROXY is not the URL of a proxy/,
    })
    try {
      readProxies({ HTTPS_PROXY: text })
    } catch (error) {
      assertNoLeak(t, String((error as Error).stack), 'the failure')
    }
  }
  assertNoLeak(t, JSON.stringify(readProxies({ HTTPS_PROXY: proxy.url })), 'what was read')
})

const EXCEPTIONS: [string, string, boolean][] = [
  ['', 'https://zac.gemeente.local/', false],
  ['*', 'https://zac.gemeente.local/', true],
  ['gemeente.local', 'https://zac.gemeente.local/', true],
  ['.gemeente.local', 'https://zac.gemeente.local/', true],
  ['*.gemeente.local', 'https://zac.gemeente.local/', true],
  ['GEMEENTE.local', 'https://ZAC.gemeente.LOCAL./', true],
  ['meente.local', 'https://gemeente.local/', false],
  ['other.nl, zac.gemeente.local', 'https://zac.gemeente.local/', true],
  ['zac.gemeente.local:8443', 'https://zac.gemeente.local/', false],
  ['zac.gemeente.local:443', 'https://zac.gemeente.local/', true],
  ['10.0.0.0/8', 'http://10.1.2.3/', true],
  ['10.0.0.0/8', 'http://11.1.2.3/', false],
  ['10.1.2.3', 'http://10.1.2.3:8080/', true],
  ['10.1.2.3', 'http://10.1.2.30/', false],
  ['fd00::/8', 'http://[fd00::1]/', true],
  ['[fd00::1]:8080', 'http://[fd00::1]:8080/', true],
  ['0.0.0.0/0', 'https://zac.gemeente.local/', false],
]
for (const [except, url, direct] of EXCEPTIONS) {
  void t.test(`NO_PROXY "${except}" and ${url}: ${direct ? 'directly' : 'through the proxy'}`, async (t) => {
    const proxies = readProxies({
      HTTPS_PROXY: 'proxy.local:3128',
      http_proxy: 'http://proxy.local:3128',
      NO_PROXY: except,
    })
    t.equal(proxyFor(new URL(url), proxies) === undefined, direct)
  })
}

void t.test('without variables, or with empty ones, there is no proxy', async (t) => {
  const proxies = readProxies({ HTTPS_PROXY: '', NO_PROXY: '' })
  t.equal(proxyFor(new URL('https://zac.test/'), proxies), undefined)
  t.match(readProxies({ https_proxy: 'http://low:1', HTTPS_PROXY: 'http://high:2' }).https, { url: 'http://low:1' })
})
