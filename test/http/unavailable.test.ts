import t from 'tap'
import { toProblem } from '../../src/http/to-problem.ts'
import { startTestApp } from '../support/app.ts'
import { eventBody, STRUCTURED } from '../support/cloud-event.ts'
import { onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'

onEachDatabase(t, 'without a database the answer is 503 with Retry-After, and the log says why', async (t, url) => {
  const { call, database, logged } = await startTestApp(t, url, {
    clients: { openzaak: ['notificaties.publiceren', 'notificaties.consumeren'], zrc: 'autorisaties' },
    kanalen: { zaken: [] },
  })
  await database.close()
  const gone = async (): Promise<never> => {
    throw Object.assign(new Error('row (kanarie) refused'), { code: 'P1001' })
  }
  Object.assign(database, {
    transaction: gone,
    rawTransaction: gone,
    rawStatement: gone,
    reader: new Proxy({}, { get: () => new Proxy(gone, { get: () => gone }) }),
  })
  Object.assign(database, { consistentRead: gone })
  const requests = [
    ['POST', 'notificaties', messageBody()],
    ['POST', 'cloudevents', eventBody()],
    ['POST', 'notificaties', messageBody({ kanaal: 'unknown' })],
    ['POST', 'kanaal', { naam: 'x' }],
    ['GET', 'kanaal', undefined],
    ['GET', 'abonnement', undefined],
    ['GET', 'kanaal/00000000-0000-4000-8000-00000000000f', undefined],
  ] as const
  for (const [method, path, body] of requests) {
    const response = await call(method, path, body, path === 'cloudevents' ? { headers: STRUCTURED } : {})
    t.equal(response.statusCode, 503, `${method} ${path}`)
    t.equal(response.headers['retry-after'], '2')
    t.match(response.json(), { code: 'service_unavailable', detail: /Probeer het later opnieuw/ })
  }
  t.equal((await call('POST', 'callbacks', messageBody({ kanaal: 'autorisaties' }))).statusCode, 204)
  t.equal((await call('GET', 'kanaal', undefined, { as: 'zrc' })).statusCode, 403, 'nothing is known of this client')
  t.match(JSON.stringify(logged()), /"code":"P1001"/)
  t.notMatch(JSON.stringify(logged()), /kanarie/)
})

void t.test('what nobody foresaw is an internal error that says nothing', async (t) => {
  const request = { headers: {} }
  t.match(toProblem(new TypeError('oops'), request), { kind: 'internal', details: { detail: 'Internal Server Error' } })
  t.match(toProblem(Object.assign(new Error('x'), { statusCode: 408 }), request), { kind: 'badRequest' })
})
