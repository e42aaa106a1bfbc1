import t, { type Test } from 'tap'
import { listen } from '../../src/db/listen.ts'
import { createNotifier } from '../../src/db/notify.ts'
import { readMessage } from '../../src/delivery/wake-ups.ts'
import { freshDatabaseUrl, openTestDatabase } from '../support/databases.ts'
import { query } from '../support/postgres.ts'

type Heard = { messages: string[]; connects: number; breaks: number; changed(): Promise<void> }

function hear(t: Test, url: string): Heard {
  let wake = (): void => {}
  const heard: Heard = {
    messages: [],
    connects: 0,
    breaks: 0,
    changed: () => new Promise((resolve) => (wake = resolve)),
  }
  const listener = listen({
    url,
    channel: 'test_channel',
    onMessage: (payload) => {
      heard.messages.push(payload)
      wake()
    },
    onListening: () => {
      heard.connects += 1
      wake()
    },
    onBroken: () => {
      heard.breaks += 1
      wake()
    },
  })
  t.teardown(() => listener.close())
  return heard
}

void t.test('a notification arrives, many at once as few', async (t) => {
  const url = await freshDatabaseUrl(t, 'postgresql')
  const heard = hear(t, url)
  while (heard.connects === 0) await heard.changed()
  const database = await openTestDatabase(t, url)
  const notifier = createNotifier(database, { channel: 'test_channel', encode: (ids) => ids.join(',') })
  notifier.notify([])
  for (const id of ['a', 'b', 'a']) notifier.notify([id])
  notifier.notify(Array.from({ length: 1_000 }, (_, index) => `long-id-${index}`))
  await notifier.idle()
  while (heard.messages.length < 2) await heard.changed()
  t.strictSame(heard.messages, ['a', ''], 'the first goes at once; what is too long for a payload says only: look')
})

void t.test('a broken session is made again, and says so', async (t) => {
  const url = await freshDatabaseUrl(t, 'postgresql')
  const heard = hear(t, url)
  while (heard.connects === 0) await heard.changed()
  await query(
    url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bode listen'
    AND datname = current_database()`,
  )
  while (heard.connects < 2) await heard.changed()
  t.equal(heard.breaks, 1)
})

void t.test('a server that is not there is no error', async (t) => {
  const heard = hear(t, 'postgresql://nobody:nothing@127.0.0.1:1/none')
  while (heard.breaks === 0) await heard.changed()
  t.equal(heard.connects, 0)
})

const messages: [string, { from: string; abonnementIds: string[] }][] = [
  ['{"from":"a","abonnementIds":["b"]}', { from: 'a', abonnementIds: ['b'] }],
  ['{"from":"a","abonnementIds":["b",1,null]}', { from: 'a', abonnementIds: ['b'] }],
  ...['', 'null', '1', '{', '{"from":1,"abonnementIds":[]}', '{"from":"a"}'].map(
    (payload): [string, { from: string; abonnementIds: string[] }] => [payload, { from: '', abonnementIds: [] }],
  ),
]
for (const [payload, message] of messages) {
  void t.test(`payload ${payload}`, async (t) => t.strictSame(readMessage(payload), message))
}
