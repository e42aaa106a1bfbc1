import t, { type Test } from 'tap'
import { Secret } from '../../src/common/secret.ts'
import type { Abonnement } from '../../src/common/snapshot.ts'
import type { ClaimedDelivery } from '../../src/db/claim-deliveries.ts'
import { attempt, type AttemptReport } from '../../src/delivery/attempt.ts'
import { createEgress } from '../../src/egress/egress.ts'
import { createOAuth2 } from '../../src/egress/oauth2.ts'
import { TestClock } from '../support/clock.ts'
import { testAbonnement } from '../support/engine.ts'
import { Receiver, type Answer } from '../support/receiver.ts'

const DELIVERY: ClaimedDelivery = {
  sequence: 1,
  abonnementId: 'a',
  replay: 0,
  notificatieId: 'id-1',
  dueAt: 0,
  attempt: 3,
  failures: 2,
  orderingKey: null,
  probe: null,
  leasedUntilAt: 0,
  body: '{}',
  format: 1,
}

/** Makes one attempt after another with the same tokens. */
function attempts(t: Test): (abonnement: Abonnement, timeoutMs?: number) => Promise<AttemptReport> {
  const egress = createEgress({ policy: () => ({ policy: 'private', allow: ['127.0.0.1'] }) })
  t.teardown(() => egress.close())
  const clock = new TestClock()
  const sentBody = (body: string) => ({ contentType: 'application/cloudevents+json', body })
  const context = { egress, oauth2: createOAuth2({ egress, clock }), clock, sentBody }
  const { signal } = new AbortController()
  return (abonnement, timeoutMs = 5_000) => attempt({ ...context, signal }, DELIVERY, abonnement, timeoutMs)
}

const results: [string, Answer, AttemptReport['result']][] = [
  ['an answer', { status: 204 }, { kind: 'answer', status: 204, retryAfter: undefined }],
  ['a redirect', { status: 302, headers: { location: '/x' } }, { kind: 'answer', status: 302, retryAfter: undefined }],
  ['Retry-After', { status: 429, headers: { 'retry-after': '7' } }, { kind: 'answer', status: 429, retryAfter: '7' }],
  ['a broken connection', 'reset', { kind: 'error', error: 'reset' }],
  ['no HTTP', 'garbage', { kind: 'error', error: 'protocol' }],
]
for (const [name, answer, result] of results) {
  void t.test(`${name} is reported as it is`, async (t) => {
    const receiver = await Receiver.start(t)
    receiver.answer(answer)
    t.strictSame((await attempts(t)(testAbonnement('a', receiver.url))).result, result)
    t.match(receiver.requests[0], {
      headers: { 'content-type': 'application/cloudevents+json', 'webhook-id': 'id-1', 'webhook-attempt': '3' },
    })
  })
}

void t.test('a request that may not be made is an error of its kind', async (t) => {
  const make = attempts(t)
  const denied = await make(testAbonnement('a', 'http://169.254.169.254/'))
  t.strictSame(denied.result, { kind: 'error', error: 'denied' })
  const header = await make(testAbonnement('a', 'http://127.0.0.1:1/', { authSecret: new Secret('a\nb') }))
  t.strictSame(header.result, { kind: 'error', error: 'header' })
})

void t.test('a revoked OAuth2 token is renewed once, within the same attempt', async (t) => {
  const [receiver, tokens] = [await Receiver.start(t), await Receiver.start(t)]
  tokens.answer(() => ({ status: 200, body: JSON.stringify({ access_token: `token-${tokens.requests.length}` }) }))
  let valid = 'Bearer token-1'
  receiver.answer(({ headers }) => ({ status: headers.authorization === valid ? 204 : 401 }))
  const make = attempts(t)
  const abonnement = testAbonnement('a', receiver.url, {
    auth: { type: 'oauth2_client_credentials', clientId: 'c', tokenUrl: tokens.url, scope: '' },
  })
  t.match((await make(abonnement)).result, { status: 204 })
  valid = 'Bearer token-2'
  t.match((await make(abonnement)).result, { status: 204 })
  t.equal(receiver.requests.length, 3)
  valid = 'nothing'
  t.match((await make(abonnement)).result, { status: 401 }, 'and then it is the answer')
  t.equal(receiver.requests.length, 5)
})

void t.test('a token URL that fails is an authentication failure, and nothing is sent', async (t) => {
  const [receiver, tokens] = [await Receiver.start(t), await Receiver.start(t)]
  tokens.answer({ status: 400 })
  const abonnement = testAbonnement('a', receiver.url, {
    auth: { type: 'oauth2_client_credentials', clientId: 'c', tokenUrl: tokens.url, scope: '' },
  })
  t.strictSame((await attempts(t)(abonnement)).result, { kind: 'error', error: 'auth' })
  t.equal(receiver.requests.length, 0)
})

void t.test('the timeout holds for the token and the request together', async (t) => {
  const [receiver, tokens] = [await Receiver.start(t), await Receiver.start(t)]
  tokens.answer({ status: 200, body: '{"access_token":"x"}', delayMs: 60 })
  const abonnement = testAbonnement('a', receiver.url, {
    auth: { type: 'oauth2_client_credentials', clientId: 'c', tokenUrl: tokens.url, scope: '' },
  })
  t.strictSame((await attempts(t)(abonnement, 30)).result, { kind: 'error', error: 'timeout' })
  t.equal(receiver.requests.length, 0)
})
