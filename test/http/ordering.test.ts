// What an accepted message must not overtake: the keys that an accept gives its deliveries.
import t from 'tap'
import { DEFAULT_SETTINGS, type Ordering } from '../../src/common/model.ts'
import { startTestApp } from '../support/app.ts'
import { EVERY_EVENT, eventBody, STRUCTURED } from '../support/cloud-event.ts'
import { onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'

const ENTRY = { naam: 'zaken', filters: {}, acties: [], resources: [] }
const OBJECTS = ['https://zrc.test/zaken/1', 'https://zrc.test/zaken/2', 'https://zrc.test/zaken/1']

const orderings: [Ordering | undefined, ready: number, held: number, keys: number][] = [
  [undefined, 3, 0, 1],
  ['none', 3, 0, 1],
  ['hoofdObject', 2, 1, 2],
  ['strict', 1, 2, 1],
]
for (const [ordering, ready, held, keys] of orderings) {
  onEachDatabase(
    t,
    `two of three messages are about one object; ordering ${ordering ?? 'not said'}`,
    async (t, url) => {
      const delivery = { ...DEFAULT_SETTINGS.delivery, ...(ordering === undefined ? {} : { ordering }) }
      const abonnementen = [{ callbackUrl: 'http://127.0.0.1:1/a', kanalen: [ENTRY] }]
      const settings = { delivery }
      const { call, database } = await startTestApp(t, url, { kanalen: { zaken: [] }, abonnementen, settings })
      for (const hoofdObject of OBJECTS) {
        const response = await call('POST', 'notificaties', messageBody({ hoofdObject }))
        t.equal(response.statusCode, 201)
      }
      t.equal(await database.reader.delivery.count({ where: { state: 0 } }), ready)
      t.equal(await database.reader.delivery.count({ where: { state: 2 } }), held)
      const rows = await database.reader.delivery.findMany()
      t.equal(new Set(rows.map(({ orderingKey }) => orderingKey)).size, keys)
      t.notMatch(JSON.stringify(rows.map(({ orderingKey }) => orderingKey)), /zrc\.test/, 'no object is named in a key')
    },
  )
}

onEachDatabase(
  t,
  'CloudEvents are about their subject within their source, and wait for nobody without one',
  async (t, url) => {
    const settings = { delivery: { ...DEFAULT_SETTINGS.delivery, ordering: 'hoofdObject' as const } }
    const abonnementen = [{ callbackUrl: 'http://127.0.0.1:1/a', cloudEvents: EVERY_EVENT }]
    const { call, database } = await startTestApp(t, url, { abonnementen, settings })
    const events = [
      { id: '1', subject: 'x' },
      { id: '2', subject: 'x' },
      { id: '3', subject: 'x', source: 'urn:other' },
      { id: '4', subject: undefined },
      { id: '5', subject: undefined },
    ]
    for (const event of events) {
      const response = await call('POST', 'cloudevents', eventBody(event), { headers: STRUCTURED })
      t.equal(response.statusCode, 201)
    }
    const rows = await database.reader.delivery.findMany({ orderBy: { sequence: 'asc' } })
    t.strictSame(
      rows.map(({ state, orderingKey }) => [state, orderingKey === null]),
      [
        [0, false],
        [2, false],
        [0, false],
        [0, true],
        [0, true],
      ],
    )
  },
)
