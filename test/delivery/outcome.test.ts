import t from 'tap'
import { DEFAULT_SETTINGS } from '../../src/common/model.ts'
import { decide, isUnexpectedSuccess, type AttemptResult, type Decision } from '../../src/delivery/outcome.ts'

const NOW = 1_000_000
const { retry } = DEFAULT_SETTINGS.delivery

function answer(status: number, retryAfter?: string): AttemptResult {
  return { kind: 'answer', status, retryAfter }
}

function outcome(result: AttemptResult, failures = 0): Decision {
  return decide(result, { failures, retry, now: NOW, random: () => 0.5 })
}

for (const status of [200, 201, 202, 203, 204, 205, 206, 226, 299]) {
  void t.test(`${status} is delivered`, async (t) => t.strictSame(outcome(answer(status)), { outcome: 'delivered' }))
}

const failures: [AttemptResult, string][] = [
  ...[301, 302, 303, 307, 308].map((status): [AttemptResult, string] => [answer(status), `redirect ${status}`]),
  ...[400, 401, 403, 404, 408, 429, 500, 502, 503].map((status): [AttemptResult, string] => [
    answer(status),
    `status ${status}`,
  ]),
  ...['timeout', 'refused', 'tls', 'dns', 'denied', 'reset', 'body'].map((error): [AttemptResult, string] => [
    { kind: 'error', error },
    error,
  ]),
]
for (const [result, reason] of failures) {
  void t.test(`${reason} is tried again, and dead when the retries are used up`, async (t) => {
    t.strictSame(outcome(result, 0), { outcome: 'retry', dueAt: NOW + 25_000, counts: true })
    t.strictSame(outcome(result, 6), { outcome: 'retry', dueAt: NOW + 52_000_000, counts: true })
    t.strictSame(outcome(result, 7), { outcome: 'dead', reason })
  })
}

void t.test('410 is about the abonnement: the delivery stays as it was', async (t) => {
  for (const failures of [0, 7, 8]) {
    t.strictSame(outcome(answer(410), failures), { outcome: 'retry', dueAt: NOW, counts: false })
  }
})

void t.test('Retry-After makes a retry later, never sooner, and gives none extra', async (t) => {
  t.strictSame(outcome(answer(503, '3600')), { outcome: 'retry', dueAt: NOW + 3_600_000, counts: true })
  t.strictSame(outcome(answer(429, '1')), { outcome: 'retry', dueAt: NOW + 25_000, counts: true })
  t.strictSame(outcome(answer(503, '3600'), 7), { outcome: 'dead', reason: 'status 503' })
})

void t.test('a 2xx that is not one of the usual ones is unexpected', async (t) => {
  const unexpected = [199, 200, 201, 202, 203, 204, 205, 207, 300].filter(isUnexpectedSuccess)
  t.strictSame(unexpected, [203, 205, 207])
})
