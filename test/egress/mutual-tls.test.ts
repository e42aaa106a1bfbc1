import t, { type Test } from 'tap'
import type { Settings } from '../../src/common/model.ts'
import { Secret } from '../../src/common/secret.ts'
import { createEgress, type Egress, type EgressOptions, type EgressRequest } from '../../src/egress/egress.ts'
import type { TlsIdentity } from '../../src/egress/secure-context.ts'
import { inspectPeer } from '../../src/egress/inspect-peer.ts'
import { makeCertificate } from '../support/certificate.ts'
import { authority, materialOf, startTlsReceiver } from '../support/tls-receiver.ts'

const LOOPBACK: Settings['egress'] = { policy: 'private', allow: ['127.0.0.0/8'] }
const [ours, theirs] = [authority('our authority'), authority('their authority')]

function egressOf(t: Test, options: Partial<EgressOptions> = {}): Egress {
  const egress = createEgress({ policy: () => LOOPBACK, ...options })
  t.teardown(() => egress.close())
  return egress
}

function to(url: string, identity?: TlsIdentity): EgressRequest {
  return { url, method: 'POST', headers: {}, body: 'x', timeoutMs: 5_000, maxResponseBytes: 1_000, identity }
}

void t.test('a private authority is trusted when the identity or the settings name it, and only then', async (t) => {
  const receiver = await startTlsReceiver(t, theirs, ours)
  const untrusted = { name: 'EgressError', errorClass: 'tls' }
  await t.rejects(egressOf(t).request(to(receiver.url)), untrusted)
  await t.rejects(egressOf(t).request(to(receiver.url, { name: 'a', ca: new Secret(ours.cert) })), untrusted)
  t.equal((await egressOf(t).request(to(receiver.url, { name: 'a', ca: new Secret(theirs.cert) }))).status, 403)
  const both = new Secret(`${ours.cert}\n${theirs.cert}`)
  t.equal((await egressOf(t, { ca: () => both }).request(to(receiver.url))).status, 403, 'a bundle')
  t.equal(
    (await egressOf(t, { ca: () => both }).request(to(receiver.url, { name: 'a', ...materialOf('a', ours) }))).status,
    204,
    'the bundle also for an identity without a ca of its own',
  )
  await t.rejects(
    egressOf(t, { ca: () => both }).request(to(receiver.url, { name: 'a', ca: new Secret(ours.cert) })),
    untrusted,
    'a ca of its own stands alone',
  )
})

void t.test('each identity shows its own certificate, and no connection serves two of them', async (t) => {
  const receiver = await startTlsReceiver(t, theirs, ours)
  const egress = egressOf(t, { ca: () => new Secret(theirs.cert) })
  const identities = ['een', 'twee'].map((name) => ({ name, ...materialOf(name, ours) }))
  const statuses: number[] = []
  for (let round = 0; round < 3; round += 1) {
    for (const identity of [...identities, undefined]) {
      statuses.push((await egress.request(to(receiver.url, identity))).status)
    }
  }
  const expected = ['een', 'twee', undefined]
  t.strictSame(receiver.seen, [...expected, ...expected, ...expected])
  t.strictSame(statuses.slice(0, 3), [204, 204, 403])
  t.ok(receiver.connections() <= 6, 'connections are used again within an identity')
})

void t.test('a certificate that is replaced counts from the next request on', async (t) => {
  const receiver = await startTlsReceiver(t, theirs, ours)
  let ca = new Secret(theirs.cert)
  const egress = egressOf(t, { ca: () => ca })
  for (const name of ['oud', 'oud', 'nieuw']) {
    const material = materialOf(name, ours)
    await egress.request(to(receiver.url, { name: 'zac', ...material }))
  }
  t.strictSame(receiver.seen, ['oud', 'oud', 'nieuw'])
  await egress.request(to(receiver.url))
  ca = new Secret(ours.cert)
  await t.rejects(
    egress.request(to(receiver.url)),
    { name: 'EgressError', errorClass: 'tls' },
    'and so does the bundle',
  )
})

void t.test('what cannot be used fails its own requests, without repeating it', async (t) => {
  const receiver = await startTlsReceiver(t, theirs, ours)
  const egress = egressOf(t, { ca: () => new Secret(theirs.cert) })
  const { certificate } = materialOf('a', ours)
  const wrong: TlsIdentity[] = [
    { name: 'mismatch', certificate, key: new Secret(makeCertificate().key) },
    { name: 'nonsense', certificate, key: new Secret('c4n4ry') },
    { name: 'no ca', ca: new Secret('c4n4ry') },
  ]
  for (const identity of wrong) {
    const error = (await egress.request(to(receiver.url, identity)).catch((error: unknown) => error)) as Error
    t.match(error, { name: 'EgressError', errorClass: 'tls' }, identity.name)
    t.notMatch(error.message, /c4n4ry|BEGIN/)
  }
  const broken = egressOf(t, { ca: () => new Secret('c4n4ry') })
  await t.rejects(broken.request(to(receiver.url)), { name: 'EgressError', errorClass: 'tls' })
  t.equal((await egress.request(to(receiver.url))).status, 403, 'the others go on')
})

void t.test('many identities at once keep a bounded number of agents, and all of them work', async (t) => {
  const receiver = await startTlsReceiver(t, theirs, ours)
  const egress = egressOf(t)
  const material = materialOf('veel', ours, theirs)
  const names = Array.from({ length: 150 }, (_, index) => `abonnement-${index}`)
  const answers = await Promise.all(names.map((name) => egress.request(to(receiver.url, { name, ...material }))))
  t.ok(answers.every(({ status }) => status === 204))
  t.equal((await egress.request(to(receiver.url, { name: 'abonnement-0', ...material }))).status, 204)
})

void t.test('the doctor looks at a certificate with the same material', async (t) => {
  const receiver = await startTlsReceiver(t, theirs, ours)
  const options = { policy: LOOPBACK, timeoutMs: 5_000 }
  t.match(await inspectPeer(receiver.url, options), { distrust: /UNABLE|SELF_SIGNED/ })
  const identity = { name: 'zac', ...materialOf('zac', ours, theirs) }
  t.match(await inspectPeer(receiver.url, { ...options, identity }), { distrust: undefined, issuer: theirs.name })
  t.match(await inspectPeer(receiver.url, { ...options, egressCa: new Secret(theirs.cert) }), { distrust: undefined })
})
