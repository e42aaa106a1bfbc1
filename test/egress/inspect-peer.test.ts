import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { packageRoot } from '../../src/common/package-root.ts'
import { inspectPeer } from '../../src/egress/inspect-peer.ts'
import { makeCertificate, type CertificateParts } from '../support/certificate.ts'
import { Receiver } from '../support/receiver.ts'

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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
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
