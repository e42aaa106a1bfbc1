// What can be counted and filtered without asking the database for its rows: Open Notificaties' test_metrics.py and
// test_filter.py, in our log and in what is kept of each delivery.
import t, { type Test } from 'tap'
import { TEST_SETTINGS, type TestApp } from '../support/app.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { startDeliveringApp, type DeliveringApp } from '../support/delivering-app.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver, type Answer } from '../support/receiver.ts'

const SETTINGS = {
  ...TEST_SETTINGS,
  callbacks: { probe: 'off' as const },
  delivery: {
    maxConcurrency: 8,
    timeoutMs: 10_000,
    retry: { maxRetries: 1, backoffMs: 1, baseFactor: 1, backoffMaxMs: 1 },
  },
}

const start = (t: Test, url: string): Promise<DeliveringApp> =>
  startDeliveringApp(t, url, { kanalen: { zaken: [] }, settings: SETTINGS })

/** How many lines of the log say that this was made. */
function countOf({ logged }: TestApp, route: string): number {
  return logged().filter((line) => line['method'] === 'POST' && line['route'] === route && line['status'] === 201)
    .length
}

const made: [name: string, path: string, right: object, wrong: object][] = [
  ['test_kanaal_create_counter: one line for each kanaal that was made', 'kanaal', { naam: 'x' }, { naam: 'x' }],
  [
    'test_abonnement_create_counter: one line for each abonnement that was made',
    'abonnement',
    { callbackUrl: 'http://127.0.0.1:1/', auth: '' },
    {},
  ],
  [
    'test_notificatie_publish_counter: one line for each message that was taken in',
    'notificaties',
    messageBody(),
    messageBody({ kanaal: 'nergens' }),
  ],
]
for (const [name, path, right, wrong] of made) {
  void t.test(name, async (t) => {
    const app = await start(t, await freshDatabaseUrl(t, 'sqlite'))
    t.equal((await app.call('POST', path, right)).statusCode, 201)
    t.equal((await app.call('POST', path, wrong)).statusCode, 400)
    await app.call('GET', path)
    t.equal(countOf(app, `/api/v1/${path}`), 1)
  })
}

/** How a delivery ended of which each attempt got the next of `answers`. */
async function outcomeOf(t: Test, url: string, ...answers: Answer[]): Promise<unknown> {
  const app = await start(t, url)
  const receiver = await Receiver.start(t)
  receiver.answer(() => answers[receiver.requests.length - 1] ?? 'reset')
  const body = { callbackUrl: receiver.url, auth: '', kanalen: [{ naam: 'zaken' }] }
  t.equal((await app.call('POST', 'abonnement', body)).statusCode, 201)
  await app.call('POST', 'notificaties', messageBody())
  if (answers.length > 1) {
    await app.attempted(1)
    app.advance(1_000)
  }
  await app.drained()
  return app.database.reader.deliveryDone.findFirst()
}

onEachDatabase(t, 'test_get_queryset_notification_without_failures: what arrived is delivered', async (t, url) => {
  t.match(await outcomeOf(t, url, { status: 201 }), {
    outcome: 'delivered',
    lastStatus: 201,
    attempts: 1,
    reason: null,
  })
})

void t.test('what arrived at a second try is delivered too', async (t) => {
  const url = await freshDatabaseUrl(t, 'sqlite')
  t.match(await outcomeOf(t, url, { status: 500 }, { status: 200 }), { outcome: 'delivered', attempts: 2 })
})

onEachDatabase(
  t,
  'test_get_queryset_notification_with_failures: what never arrived is dead, with why',
  async (t, url) => {
    const dead = { outcome: 'dead', lastStatus: 500, attempts: 2, reason: 'status 500' }
    t.match(await outcomeOf(t, url, { status: 400 }, { status: 500 }), dead)
  },
)

void t.test('without an answer it is dead as well', async (t) => {
  const dead = { outcome: 'dead', lastStatus: null, reason: 'reset' }
  t.match(await outcomeOf(t, await freshDatabaseUrl(t, 'sqlite'), 'reset', 'reset'), dead)
})
