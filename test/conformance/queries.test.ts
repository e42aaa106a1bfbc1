// Open Notificaties' test_queries.py: what a publish asks of the database does not grow with its subscribers.
import t from 'tap'
import { startTestApp, TEST_SETTINGS } from '../support/app.ts'
import { onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { statementsOf } from '../support/statements.ts'

const KANALEN = Object.fromEntries([1, 10, 100].map((count) => [`zaken-${count}`, []]))
const SETTINGS = { ...TEST_SETTINGS, callbacks: { probe: 'off' as const } }
/** Where the message gets its number, the message, and all of its deliveries; on PostgreSQL in one. */
const STATEMENTS = {
  sqlite: [/catalog/, /^INSERT INTO notificatie /, /^INSERT INTO delivery /],
  postgresql: [/catalog .*INSERT INTO notificatie .*INSERT INTO delivery /],
}
/** How a transaction begins and ends; on SQLite it takes the write lock with a statement that does nothing. */
const FRAME = /^(?:BEGIN|COMMIT|DELETE FROM meta WHERE 0)/
const withoutFrame = (statements: string[]): string[] => statements.filter((sql) => !FRAME.test(sql))

onEachDatabase(
  t,
  'MessageSerializer.test_create_queries: three statements or one, for 1, 10 and 100 abonnementen',
  async (t, url, provider) => {
    const { call, database } = await startTestApp(t, url, {
      kanalen: KANALEN,
      settings: SETTINGS,
      abonnementen: [1, 10, 100].flatMap((count) => {
        const kanalen = [{ naam: `zaken-${count}`, filters: {}, acties: [], resources: [] }]
        return Array.from({ length: count }, (_, index) => ({ callbackUrl: `http://127.0.0.1:1/${index}`, kanalen }))
      }),
    })
    for (const count of [1, 10, 100]) {
      const publish = (): Promise<unknown> => call('POST', 'notificaties', messageBody({ kanaal: `zaken-${count}` }))
      const statements = withoutFrame(await statementsOf(publish))
      t.equal(statements.length, STATEMENTS[provider].length, `${count} abonnementen`)
      t.match(statements, STATEMENTS[provider])
    }
    t.equal(await database.reader.delivery.count(), 111)
  },
)

onEachDatabase(
  t,
  'MessageSerializer.test_create_queries_send_cloudevents_no_source: the same statements, and no refusal',
  async (t, url, provider) => {
    const { call, database } = await startTestApp(t, url, { kanalen: KANALEN, settings: SETTINGS })
    for (const sendCloudevents of [true, false]) {
      const kanalen = [{ naam: 'zaken-1' }]
      await call('POST', 'abonnement', { callbackUrl: 'http://127.0.0.1:1/', auth: '', kanalen, sendCloudevents })
    }
    const statements = await statementsOf(async () => {
      t.equal((await call('POST', 'notificaties', messageBody({ kanaal: 'zaken-1' }))).statusCode, 201)
    })
    t.match(withoutFrame(statements), STATEMENTS[provider])
    t.equal(await database.reader.delivery.count(), 2)
  },
)
