import t from 'tap'
import { credentialExpiries } from '../../src/common/credential-expiries.ts'
import { Secret } from '../../src/common/secret.ts'
import type { ActiveSecret, Snapshot } from '../../src/common/snapshot.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { watchCredentials } from '../../src/runtime/credential-watch.ts'
import { canary, assertNoLeak } from '../support/canary.ts'
import { makeCertificate } from '../support/certificate.ts'
import { TestClock } from '../support/clock.ts'
import { abonnementOf, byKey, snapshotOf } from '../support/snapshot.ts'

const NOW = Date.UTC(2026, 10, 23, 9)
const DAY = 86_400_000

function jwt(exp: number | undefined): Secret {
  const payload = Buffer.from(
    JSON.stringify({ client_id: canary('jwt'), ...(exp === undefined ? {} : { exp: exp / 1_000 }) }),
  )
  return new Secret(`Bearer e30.${payload.toString('base64url')}.c2ln`)
}

function certificate(validTo: number): { certificate: Secret; key: Secret } {
  const { cert, key } = makeCertificate({ validTo: new Date(validTo) })
  return { certificate: new Secret(cert), key: new Secret(key) }
}

const secret = (slot: string, expiresAt: number | null): ActiveSecret => {
  return { value: new Secret(canary(slot)), slot, fingerprint: '', expiresAt }
}

function everything(): Snapshot {
  return snapshotOf({
    abonnementen: byKey('id', [
      abonnementOf('jwt', { auth: { type: 'api_key' }, authSecret: jwt(NOW + 3 * DAY) }),
      abonnementOf('endless', { auth: { type: 'api_key' }, authSecret: jwt(undefined) }),
      abonnementOf('key', { auth: { type: 'api_key' }, authSecret: new Secret(canary('key')) }),
      abonnementOf('tls', { tlsMaterial: certificate(NOW - DAY) }),
      abonnementOf('signed', { signingSecrets: [secret('current', null), secret('previous', NOW + 2 * DAY)] }),
    ]),
    clientCredentials: byKey('clientId', [
      {
        id: 'zac',
        clientId: 'zac',
        authorizedBy: 'autorisaties',
        scopes: [],
        secrets: [secret('current', null), secret('previous', NOW - 5 * DAY)],
      },
    ]),
    egressCa: new Secret(makeCertificate({ validTo: new Date(NOW + 20 * DAY) }).cert),
  })
}

void t.test('everything that ends by itself is listed, the first first, without its value', async (t) => {
  const found = credentialExpiries(everything())
  t.strictSame(
    found.map(({ kind, subject, expiresAt }) => [kind, subject, Math.round((expiresAt - NOW) / DAY)]),
    [
      ['previous-secret', 'clientCredentials.zac.previousSecret', -5],
      ['client-certificate', 'abonnementen.tls.tls.certificate', -1],
      ['previous-secret', 'abonnementen.signed.signing.previousSecret', 2],
      ['static-jwt', 'abonnementen.jwt.auth.value', 3],
      ['ca', 'egress.ca', 20],
    ],
  )
  assertNoLeak(t, JSON.stringify(found), 'the list')
})

void t.test('it is warned of at the start and once a day, from fourteen days before the end', async (t) => {
  const clock = new TestClock(NOW)
  const lines: { subject: string; msg: string; level: string }[] = []
  const logger = createLogger({
    level: 'info',
    destination: { write: (line) => lines.push(JSON.parse(line) as never) },
  })
  let [next, snapshot] = [(): void => {}, everything()]
  const timers = {
    after: (_ms: number, work: () => void) => {
      next = work
      return () => {
        next = () => {}
      }
    },
  }
  const watch = watchCredentials({ snapshot: () => snapshot, clock, timers, logger })
  const pass = (hours: number): string[] => {
    lines.length = 0
    for (let hour = 0; hour < hours; hour += 1) {
      clock.advance(3_600_000)
      next()
    }
    return lines.map(({ subject }) => subject)
  }
  t.strictSame(
    lines.map(({ level, subject, msg }) => [level, subject, msg]),
    [
      ['warn', 'abonnementen.tls.tls.certificate', 'a credential has expired'],
      ['warn', 'abonnementen.signed.signing.previousSecret', 'a credential expires soon'],
      ['warn', 'abonnementen.jwt.auth.value', 'a credential expires soon'],
    ],
  )
  t.strictSame(pass(23), [], 'not again within a day')
  t.equal(pass(1).length, 3, 'and after it once')
  t.strictSame(pass(24 * 5).filter((subject) => subject === 'egress.ca').length, 1, 'fourteen days before its end')
  snapshot = snapshotOf()
  t.strictSame(pass(48), [], 'what was renewed is not warned of')
  watch.stop()
  snapshot = everything()
  t.strictSame(pass(48), [])
})
