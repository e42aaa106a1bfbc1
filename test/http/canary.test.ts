// Values that must not be logged, followed through every kind of request (decisions: secrets never,
// kenmerken and addresses not at info).
import t from 'tap'
import { startTestApp, type TestApp } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'
import { SECRET } from '../support/token.ts'

const CANARY = 'kanarie-7f3a'

void t.test('no secret and no personal value gets into the log', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.answer(({ headers }) => ({ status: headers.authorization === undefined ? 403 : 200, body: CANARY }))
  const testApp = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: { zaken: [] } }, 'info')
  await everyKindOfRequest(testApp, receiver.url)
  const log = JSON.stringify(testApp.logged())
  t.ok(testApp.logged().length >= 10)
  t.notMatch(log, new RegExp(CANARY))
  t.notMatch(log, new RegExp(SECRET))
  t.notMatch(log, /Bearer /)
})

async function everyKindOfRequest({ call, app }: TestApp, callback: string): Promise<void> {
  const auth = `Bearer ${CANARY}`
  const abonnement = {
    callbackUrl: `${callback}/?key=${CANARY}`,
    auth,
    kanalen: [{ naam: 'zaken', filters: { a: CANARY } }],
  }
  const path = new URL((await call('POST', 'abonnement', abonnement)).json<{ url: string }>().url).pathname
  await call('PATCH', path, { auth: `${auth}-2` })
  await call('PATCH', path, { auth: { [CANARY]: CANARY } })
  await call('POST', 'abonnement', { ...abonnement, callbackUrl: `http://127.0.0.1:1/${CANARY}` })
  await call('POST', 'abonnement', { ...abonnement, callbackUrl: CANARY })
  await call('POST', 'notificaties', messageBody({ kenmerken: { bsn: CANARY }, hoofdObject: `http://a/${CANARY}` }))
  await call('POST', 'notificaties', messageBody({ kenmerken: { bsn: [CANARY] }, kanaal: CANARY }))
  await call('POST', 'notificaties', `{"kenmerken": ${CANARY}`)
  await call('GET', `kanaal?naam=${CANARY}`)
  await call('GET', `kanaal?${CANARY}=1`)
  await call('GET', CANARY)
  await call('GET', 'kanaal', undefined, { headers: { accept: CANARY, cookie: CANARY } })
  await app.inject({ url: '/api/v1/kanaal', headers: { authorization: auth } })
  await app.inject({ url: `/${CANARY}/%E0%A4%A`, headers: { authorization: auth } })
}
