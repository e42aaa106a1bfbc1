import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { packageRoot } from '../../src/common/package-root.ts'
import { inspectPeer } from '../../src/egress/inspect-peer.ts'
import { readProxies } from '../../src/egress/proxies.ts'
import { assertNoLeak } from '../support/canary.ts'
import { makeCertificate, type CertificateParts } from '../support/certificate.ts'
import { PROXY_PASSWORD, startProxy } from '../support/proxy.ts'
import { Receiver } from '../support/receiver.ts'
import { listenOnLoopback } from '../support/loopback.ts'

const LOOPBACK = { policy: { policy: 'private' as const, allow: ['127.0.0.0/8'] }, timeoutMs: 5_000 }

async function serve(
  t: Test,
  parts: CertificateParts = {},
): Promise<{ url: string; cert: string; requests: () => number }> {
  const { key, cert } = makeCertificate(parts)
  let requests = 0
  const server = createServer({ key, cert }, (_request, response) => {
    requests += 1
    response.writeHead(204).end()
  })
  await listenOnLoopback(server)
  t.teardown(() => server.close())
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/x?y=1`, cert, requests: () => requests }
}

void t.test('a certificate that is not trusted is looked at, and nothing is sent', async (t) => {
  const validTo = new Date('2027-03-04T05:06:07Z')
  const { url, requests } = await serve(t, { name: 'zac.example.nl', validTo })
  t.match(await inspectPeer(url, LOOPBACK), {
    subject: 'zac.example.nl',
    issuer: 'CA of this test',
    names: ['zac.example.nl', '127.0.0.1'],
    validTo: validTo.getTime(),
    distrust: /^[A-Z_]+$/,
  })
  t.equal(requests(), 0)
})

void t.test('an address that the policy forbids is not connected to', async (t) => {
  const { url } = await serve(t)
  const policy = { policy: 'private' as const, allow: [] }
  await t.rejects(inspectPeer(url, { ...LOOPBACK, policy }), { name: 'EgressError', errorClass: 'denied' })
})

void t.test(
  'where a proxy is configured, the certificate is looked at through it, as a request would go',
  async (t) => {
    const { url, requests } = await serve(t, { name: 'zac.example.nl' })
    const proxy = await startProxy(t)
    const { port } = new URL(url)
    // No resolver knows this name; the proxy leads it to 127.0.0.1.
    const options = { ...LOOPBACK, policy: { policy: 'private' as const, allow: [] } }
    const proxies = readProxies({ HTTPS_PROXY: proxy.url, NO_PROXY: '.direct.test' })
    t.match(await inspectPeer(`https://zac.test:${port}/x`, { ...options, proxies }), {
      subject: 'zac.example.nl',
      distrust: /^[A-Z_]+$/,
    })
    t.strictSame(proxy.asked, [`CONNECT zac.test:${port}`])
    t.equal(proxy.authorizations[0], `Basic ${Buffer.from(`bode:${PROXY_PASSWORD}`).toString('base64')}`)
    t.equal(requests(), 0)

    const denied = { name: 'EgressError', errorClass: 'denied' }
    await t.rejects(
      inspectPeer(`https://127.0.0.1:${port}/`, { ...options, proxies }),
      denied,
      'judged before it is asked',
    )
    const nowhere = async (): Promise<never> => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
    const direct = inspectPeer('https://zac.direct.test/', { ...options, proxies, resolver: nowhere })
    await t.rejects(direct, { name: 'EgressError', errorClass: 'dns' }, 'an exception goes out directly')
    t.equal(proxy.asked.length, 1)

    const receiver = await Receiver.start(t)
    const noTls = inspectPeer(`https://zac.test:${new URL(receiver.url).port}/`, { ...options, proxies })
    await t.rejects(noTls, { name: 'EgressError' })
    const silent = createTcpServer(() => {})
    await listenOnLoopback(silent)
    t.teardown(() => silent.close())
    const late = inspectPeer(`https://zac.test:${(silent.address() as AddressInfo).port}/`, {
      ...options,
      proxies,
      timeoutMs: 100,
    })
    await t.rejects(late, { name: 'EgressError', errorClass: 'timeout' })
    proxy.refuse(403)
    const refused = await inspectPeer('https://zac.test/', { ...options, proxies }).catch((error: unknown) => error)
    t.match(refused, {
      name: 'EgressError',
      errorClass: 'proxy',
      message: /^zac\.test: the proxy did not make the connection/,
    })
    assertNoLeak(t, (refused as Error).message, 'the error')
    const gone = readProxies({ HTTPS_PROXY: `http://bode:${PROXY_PASSWORD}@127.0.0.1:1` })
    await t.rejects(inspectPeer('https://zac.test/', { ...options, proxies: gone }), {
      name: 'EgressError',
      errorClass: 'refused',
    })
  },
)

void t.test('a port that speaks no TLS is an error, and one that says nothing too', async (t) => {
  const receiver = await Receiver.start(t)
  await t.rejects(inspectPeer(receiver.url.replace('http:', 'https:'), LOOPBACK), { name: 'EgressError' })
})

void t.test('NODE_EXTRA_CA_CERTS makes it trusted, as the doctor advises', async (t) => {
  const { url, cert } = await serve(t, { issuer: 'localhost', selfSigned: true })
  const folder = t.testdir({})
  const [ca, script] = [join(folder, 'ca.pem'), join(folder, 'look.mts')]
  writeFileSync(ca, cert)
  const module = join(packageRoot, 'src/egress/inspect-peer.ts')
  writeFileSync(
    script,
    `import { inspectPeer } from '${module}'\n` +
      `console.log(JSON.stringify(await inspectPeer('${url}', ${JSON.stringify(LOOPBACK)})))\n`,
  )
  const run = promisify(execFile)
  const look = async (env: Record<string, string>): Promise<{ distrust?: string }> => {
    const { stdout } = await run('node', ['--import', 'tsx', script], {
      cwd: packageRoot,
      env: { ...process.env, ...env },
    })
    return JSON.parse(stdout) as { distrust?: string }
  }
  t.match(await look({ NODE_EXTRA_CA_CERTS: '' }), { distrust: /SELF_SIGNED/ })
  t.equal((await look({ NODE_EXTRA_CA_CERTS: ca })).distrust, undefined)
})
