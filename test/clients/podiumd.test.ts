// The bootstrap of PodiumD's test environment, in Python: it makes what the tests need and clears it away again
// (real-clients §2.5).
import t, { type Test } from 'tap'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'
import { until } from '../support/server.ts'
import { makeToken, SECRET } from '../support/token.ts'
import { omc, podiumd } from './receivers.ts'
import { jsonOf, send, startBode, type Bode, type Reply, type Sent } from './support.ts'

type Bootstrap = Bode & {
  call: Bode['call']
  request: (method: Sent['method'], url: string, body?: object) => Promise<Reply>
  /** Takes an abonnement away, or finds that it is gone. */
  remove: (url: string) => Promise<void>
}

async function bootstrap(t: Test, databaseUrl: string): Promise<Bootstrap> {
  const bode = await startBode(t, databaseUrl)
  const request: Bootstrap['request'] = (method, url, body) => {
    const header = { client_identifier: 'zac' }
    const token = makeToken({ clientId: 'zac', secret: SECRET, now: bode.clock.now(), header })
    const content = body === undefined ? undefined : JSON.stringify(body)
    return send({
      method,
      url: url.startsWith('http') ? url : `${bode.apiRoot}${url}`,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'accept-crs': 'EPSG:4326',
        'content-crs': 'EPSG:4326',
        // requests names the length of nothing as well.
        ...(method === 'DELETE' ? { 'content-length': '0' } : {}),
        authorization: `Bearer ${token}`,
      },
      ...(content === undefined ? {} : { body: content }),
    })
  }
  const remove = async (url: string): Promise<void> => {
    const { status } = await request('DELETE', url)
    if (![200, 204, 404].includes(status)) throw new Error(`HTTP ${status}`)
  }
  return { ...bode, request, remove }
}

void t.test('PodiumD makes an abonnement, finds it at its url, and deletes it more than once', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.answer(podiumd(''))
  const { request, remove } = await bootstrap(t, await freshDatabaseUrl(t, 'sqlite'))
  const auth = 'Token podiumd'
  const body = { callbackUrl: `${receiver.url}/hook`, auth, kanalen: [{ naam: 'zaken', filters: {} }] }
  const created = await request('POST', 'abonnement', body)
  t.equal(created.status, 201)
  t.strictSame(
    receiver.requests.map(({ headers }) => headers.authorization ?? null),
    [null, auth],
  )
  const itself = String(jsonOf(created)['url'])
  t.equal(created.headers.location, itself)
  t.strictSame(jsonOf(await request('GET', itself)), jsonOf(created))
  await remove(itself)
  await remove(itself)
  t.equal((await request('GET', itself)).status, 404)
})

onEachDatabase(t, 'PodiumD deletes while a message is under way and others wait', async (t, url) => {
  const receiver = await Receiver.start(t)
  receiver.answer(podiumd(''))
  const { request, remove, call, engine, database } = await bootstrap(t, url)
  const body = { callbackUrl: receiver.url, auth: 'x', kanalen: [{ naam: 'zaken', filters: {} }] }
  const itself = String(jsonOf(await request('POST', 'abonnement', body))['url'])
  receiver.requests.length = 0
  receiver.answer('hang')
  for (let count = 0; count < 20; count += 1) await call('POST', 'notificaties', messageBody())
  await until(() => receiver.inFlight > 0)
  await remove(itself)
  receiver.breakConnections()
  await until(() => engine.inFlight() === 0)
  t.equal(await database.reader.delivery.count(), 0)
  t.match(await database.reader.deliveryDone.groupBy({ by: ['outcome'], _count: true }), [
    { outcome: 'cancelled', _count: 20 },
  ])
  const sent = receiver.requests.length
  await call('POST', 'notificaties', messageBody())
  t.equal(await database.reader.delivery.count(), 0, 'nobody listens any more')
  t.equal(receiver.requests.length, sent)
})

void t.test('the abonnement of NotifyNL-OMC is made anew every year, beside the old one for a while', async (t) => {
  const receiver = await Receiver.start(t)
  let auth = 'Bearer omc.2025'
  receiver.answer((request) => omc(auth)(request))
  const { request, remove, call, attempted, deliver, attempts } = await bootstrap(
    t,
    await freshDatabaseUrl(t, 'sqlite'),
  )
  const register = async (): Promise<string> => {
    const callbackUrl = `${receiver.url}/events/listen`
    const kanalen = [{ naam: 'zaken', filters: {} }]
    const created = await request('POST', 'abonnement', { callbackUrl, auth, kanalen })
    t.equal(created.status, 201, 'twice the same callbackUrl is fine')
    return String(jsonOf(created)['url'])
  }
  const old = await register()
  auth = 'Bearer omc.2026'
  await register()
  receiver.requests.length = 0
  await call('POST', 'notificaties', messageBody())
  await attempted(2)
  t.same(
    new Set(attempts().map(({ status, outcome }) => `${String(status)} ${String(outcome)}`)),
    new Set(['401 retry', '202 delivered']),
  )
  await remove(old)
  await deliver()
})
