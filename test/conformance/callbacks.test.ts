// POST /callbacks, which the suite of Open Notificaties looks at only for what it does to an Applicatie.
import t from 'tap'
import { startTestApp } from '../support/app.ts'
import { onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'

const taken: [what: string, changes: Record<string, unknown>][] = [
  ['of a kanaal that is not here', { kanaal: 'test' }],
  ['without kenmerken', { kanaal: 'test', kenmerken: undefined }],
  ['of the Autorisaties API', { kanaal: 'autorisaties', actie: 'update', resource: 'applicatie' }],
  ['of the Autorisaties API, destroyed', { kanaal: 'autorisaties', actie: 'destroy' }],
  ['of the Autorisaties API about what has no uuid', { kanaal: 'autorisaties', resourceUrl: 'http://ac:8000/nergens' }],
]

onEachDatabase(
  t,
  'a message to /callbacks is answered with 204, whatever it is about, and not kept',
  async (t, url) => {
    const { call, database } = await startTestApp(t, url)
    for (const [what, changes] of taken) {
      const answer = await call('POST', 'callbacks', messageBody(changes), { as: 'drc' })
      t.equal(answer.statusCode, 204, `${what}: ${answer.body}`)
      t.equal(answer.body, '')
    }
    const wrong = await call(
      'POST',
      'callbacks',
      messageBody({ kanaal: 'autorisaties', resourceUrl: 'x', actie: null }),
    )
    t.equal(wrong.statusCode, 400)
    t.match(wrong.json(), { invalidParams: [{ name: 'resourceUrl' }, { name: 'actie', code: 'null' }] })
    t.equal((await call('POST', 'callbacks', messageBody(), { as: 'zac' })).statusCode, 403, 'who may not publish')
    t.equal(await database.reader.notificatie.count(), 0)
  },
)
