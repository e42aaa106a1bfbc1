// Components that subscribe with a token that they made once: Maykin's `Subscription.register` and Open Inwoner
// (real-clients §1.1 and §2.4).
import t, { type Test } from 'tap'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'
import { SECRET } from '../support/token.ts'
import { maykinBearer, MaykinClient } from './maykin.ts'
import { maykinCallbacks, openInwoner } from './receivers.ts'
import { jsonOf, startBode, type Bode } from './support.ts'

type World = Bode & { client: MaykinClient; receiver: Receiver; auth: string }

async function world(t: Test, url: string): Promise<World> {
  const bode = await startBode(t, url)
  const receiver = await Receiver.start(t)
  const auth = maykinBearer({ clientId: 'notificaties', secret: SECRET, now: bode.clock.now() })
  return { ...bode, receiver, auth, client: new MaykinClient({ apiRoot: bode.apiRoot, now: () => bode.clock.now() }) }
}

onEachDatabase(t, 'a component registers its webhook, remembers the url and finds it there', async (t, url) => {
  const { client, receiver, auth, clock, deliver } = await world(t, url)
  receiver.answer(maykinCallbacks(SECRET, () => clock.now()))
  const remembered = await client.subscribe(`${receiver.url}/api/v1/callbacks`, ['zaken'], auth)
  t.match(jsonOf(await client.call('GET', remembered)), { url: remembered, kanalen: [{ naam: 'zaken', filters: {} }] })
  await client.sendNotification(messageBody({ aanmaakdatum: new Date(clock.now()).toISOString() }))
  await deliver()
  t.strictSame(
    receiver.requests.map(({ headers }) => headers.authorization ?? null),
    [null, auth, auth],
  )
  t.equal((await client.call('DELETE', remembered)).status, 204)
})

void t.test(
  'a token that was made once is refused by its component after an hour, and the message waits',
  async (t) => {
    const { client, receiver, auth, clock, attempted, attempts, deliver } = await world(
      t,
      await freshDatabaseUrl(t, 'sqlite'),
    )
    receiver.answer(maykinCallbacks(SECRET, () => clock.now()))
    const remembered = await client.subscribe(receiver.url, ['zaken'], auth)
    clock.advance(3_600_000)
    await client.sendNotification(messageBody())
    await attempted(1)
    t.match(attempts(), [{ status: 403, outcome: 'retry' }])
    const renewed = maykinBearer({ clientId: 'notificaties', secret: SECRET, now: clock.now() })
    const kanalen = [{ naam: 'zaken', filters: {} }]
    const put = await client.call('PUT', remembered, { callbackUrl: receiver.url, auth: renewed, kanalen })
    t.equal(put.status, 200)
    await attempted(2, 60_000)
    await deliver()
    t.match(attempts().at(-1), { status: 204, outcome: 'delivered' })
  },
)

void t.test('Open Inwoner: each of its subscriptions has a token of its own', async (t) => {
  const { client, receiver, clock, deliver } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  const tokens = ['een', 'twee'].map((clientId) => maykinBearer({ clientId, secret: SECRET, now: clock.now() }))
  receiver.answer((request) =>
    openInwoner(tokens.find((each) => each === request.headers.authorization) ?? '')(request),
  )
  const urls = []
  for (const [index, token] of tokens.entries()) {
    urls.push(await client.subscribe(`${receiver.url}/api/openzaak/callbacks/${index}`, ['zaken'], token))
  }
  t.equal(new Set(urls).size, 2)
  receiver.requests.length = 0
  await client.sendNotification(messageBody())
  await deliver()
  t.strictSame(
    new Set(receiver.requests.map(({ path, headers }) => `${path.slice(-1)} ${headers.authorization}`)),
    new Set(tokens.map((token, index) => `${index} ${token}`)),
  )
})

void t.test('a client changes only its kanalen: the callback is tried with the auth that it has', async (t) => {
  const { client, receiver, auth, clock, snapshot } = await world(t, await freshDatabaseUrl(t, 'sqlite'))
  receiver.answer(maykinCallbacks(SECRET, () => clock.now()))
  const remembered = await client.subscribe(receiver.url, ['zaken'], auth)
  receiver.requests.length = 0
  const kanalen = [
    { naam: 'besluiten', filters: {} },
    { naam: 'documenten', filters: { bronorganisatie: '517439943' } },
  ]
  const reply = await client.call('PATCH', remembered, { kanalen })
  t.match({ status: reply.status, ...jsonOf(reply) }, { status: 200, kanalen, callbackUrl: receiver.url })
  t.strictSame(
    receiver.requests.map(({ headers }) => headers.authorization),
    [auth],
  )
  t.equal([...snapshot().abonnementen.values()][0]?.authSecret?.reveal(), auth)
})
