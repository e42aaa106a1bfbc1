import t from 'tap'
import type { StateChange } from '../../src/db/abonnement-state.ts'
import type { AttemptResult } from '../../src/delivery/outcome.ts'
import { Subscribers, type Observation } from '../../src/delivery/subscribers.ts'

const NOW = 1_000_000
const answer = (status: number, retryAfter?: string): AttemptResult => ({ kind: 'answer', status, retryAfter })

function observation(result: AttemptResult, more: Partial<Observation> = {}): Observation {
  const rest = { createdAt: 1, probe: null, startedAt: NOW - 5, now: NOW, maxConcurrency: 8, blockAfterMs: 0 }
  return { abonnementId: 'a', result, ...rest, ...more }
}

function learnAll(subscribers: Subscribers, results: readonly AttemptResult[]): (StateChange | undefined)[] {
  return results.map((result) => subscribers.learn(observation(result)))
}

const OPEN = { abonnementId: 'a', kind: 'open', closedUntilAt: NOW + 5_000, failingSinceAt: NOW, probed: false }

void t.test('the fifth failure opens, and everything else says nothing', async (t) => {
  const changes = learnAll(
    new Subscribers(),
    Array.from({ length: 5 }, () => answer(404)),
  )
  t.strictSame(changes, [undefined, undefined, undefined, undefined, OPEN])
})

void t.test('a success closes what this process knows to be open, and starts slowly', async (t) => {
  const subscribers = new Subscribers()
  t.strictSame(learnAll(subscribers, [answer(200)]), [undefined])
  t.equal(subscribers.limitOf('a', 8), 8)
  learnAll(
    subscribers,
    Array.from({ length: 5 }, () => answer(404)),
  )
  t.strictSame(learnAll(subscribers, [answer(200)]), [{ abonnementId: 'a', kind: 'close' }])
  t.equal(subscribers.limitOf('a', 8), 1)
  t.strictSame(learnAll(subscribers, [answer(200)]), [undefined], 'once')
})

void t.test('one probe decides, with the time that the database knows', async (t) => {
  const subscribers = new Subscribers()
  const probe = { failingSinceAt: NOW - 400_000 }
  t.match(subscribers.learn(observation(answer(500), { probe })), {
    kind: 'open',
    closedUntilAt: NOW + 100_000,
    failingSinceAt: NOW - 400_000,
    probed: true,
  })
  t.match(new Subscribers().learn(observation(answer(200), { probe })), { kind: 'close' })
})

void t.test('what another replica closed is closed: a failure counts from one again', async (t) => {
  const subscribers = new Subscribers()
  learnAll(
    subscribers,
    Array.from({ length: 5 }, () => answer(404)),
  )
  const later = { startedAt: NOW + 10_000, now: NOW + 10_001 }
  t.equal(subscribers.learn(observation(answer(404), later)), undefined)
})

void t.test('an abonnement that is deleted and made again under its uuid has not failed yet', async (t) => {
  const subscribers = new Subscribers()
  const failures = Array.from({ length: 4 }, () => answer(404))
  learnAll(subscribers, failures)
  subscribers.meet('a', 1)
  t.ok(subscribers.isFailing('a'), 'the same one is remembered')
  subscribers.meet('a', 2)
  t.notOk(subscribers.isFailing('a'))
  t.equal(subscribers.limitOf('a', 8), 8)
  const again = { createdAt: 2, now: NOW + 60_000, startedAt: NOW + 59_000 }
  t.equal(subscribers.learn(observation(answer(404), again)), undefined, 'the first of five')
  const late = { createdAt: 1, now: NOW + 60_001 }
  for (const result of failures) t.equal(subscribers.learn(observation(result, late)), undefined)
  t.equal(subscribers.learn(observation(answer(404), { ...again, now: NOW + 60_002 })), undefined, 'the second')
})

const single: [name: string, result: AttemptResult, more: Partial<Observation>, change: object | undefined][] = [
  ['410 blocks', answer(410), {}, { kind: 'block', reason: 'the subscriber answered 410 Gone' }],
  ['503 with Retry-After rests', answer(503, '60'), {}, { kind: 'rest', closedUntilAt: NOW + 60_000 }],
  ['429 with Retry-After rests', answer(429, '60'), {}, { kind: 'rest', closedUntilAt: NOW + 60_000 }],
  ['500 with Retry-After does not', answer(500, '60'), {}, undefined],
  ['Retry-After that is over does not', answer(503, '0'), {}, undefined],
  ['nothing to send says nothing', { kind: 'error', error: 'body' }, {}, undefined],
  [
    'failing for longer than allowed blocks',
    answer(500),
    { blockAfterMs: 86_400_000, probe: { failingSinceAt: NOW - 86_400_000 } },
    { kind: 'block', reason: /nothing but failures since 19/ },
  ],
  [
    'failing for less than that does not',
    answer(500),
    { blockAfterMs: 86_400_001, probe: { failingSinceAt: NOW - 86_400_000 } },
    { kind: 'open' },
  ],
  [
    'a probe that is asked for rest waits as long as the longer of both',
    answer(503, '3600'),
    { probe: { failingSinceAt: NOW } },
    { kind: 'open', closedUntilAt: NOW + 3_600_000 },
  ],
]
for (const [name, result, more, change] of single) {
  void t.test(name, async (t) => {
    const learnt = new Subscribers().learn(observation(result, more))
    if (change === undefined) t.equal(learnt, undefined)
    else t.match(learnt, change)
  })
}

void t.test('overload halves the requests at once, other failures do not', async (t) => {
  for (const [result, limit] of [
    [answer(500), 4],
    [answer(429), 4],
    [{ kind: 'error', error: 'timeout' }, 4],
    [{ kind: 'error', error: 'refused' }, 8],
    [answer(404), 8],
  ] as const) {
    const subscribers = new Subscribers()
    subscribers.learn(observation(result))
    t.equal(subscribers.limitOf('a', 8), limit, JSON.stringify(result))
  }
})
