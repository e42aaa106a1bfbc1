// Open Notificaties' test_tasks.py (but for CloudEvents), over our delivery engine.
import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { Secret } from '../../src/common/secret.ts'
import type { Abonnement } from '../../src/common/snapshot.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { countDeliveries } from '../support/deliveries.ts'
import { startHttps } from '../support/doctor.ts'
import { engineWorld, type EngineWorld } from '../support/engine.ts'
import { Receiver, type Answer } from '../support/receiver.ts'

type Tried = EngineWorld & { receiver: Receiver }

/** One delivery to a receiver that gives `answer`, after its first attempt. */
async function afterOneTry(t: Test, url: string, answer: Answer, more: Partial<Abonnement> = {}): Promise<Tried> {
  const world = await engineWorld(t, url)
  const receiver = await Receiver.start(t)
  receiver.answer(answer)
  world.subscribe('a', receiver.url, more)
  await world.publish(1, 'a')
  await world.until(async () => (await countDeliveries(world.database)).attempts === 1, 'one attempt')
  return { ...world, receiver }
}

/** Kept for a second try, 25 seconds from now; nobody holds it. */
async function demandKept(t: Test, { database, clock }: EngineWorld): Promise<void> {
  const kept = { attempt: 1, state: 0, leaseOwner: null, dueAt: BigInt(clock.now() + 25_000) }
  t.match(await database.reader.delivery.findMany(), [kept])
}

onEachDatabase(
  t,
  'Notif.test_notificatie_invalid_response_retry: a refusal is on record, and the row stays',
  async (t, url) => {
    const world = await afterOneTry(t, url, { status: 400, body: '{"error":"no"}' })
    await demandKept(t, world)
    t.match(await world.database.reader.attempt.findMany(), [{ number: 1, status: 400, error: null }])
    t.match(
      world.log.filter(({ msg }) => msg === 'attempt'),
      [{ abonnementId: 'a', attempt: 1, status: 400, outcome: 'retry' }],
    )
  },
)

onEachDatabase(
  t,
  'Notif.test_notificatie_request_exception_retry: why there was no answer is on record',
  async (t, url) => {
    const world = await afterOneTry(t, url, 'reset')
    await demandKept(t, world)
    t.match(await world.database.reader.attempt.findMany(), [{ number: 1, status: null, error: 'reset' }])
    t.match(
      world.log.filter(({ msg }) => msg === 'attempt'),
      [{ attempt: 1, error: 'reset', outcome: 'retry' }],
    )
  },
)

onEachDatabase(
  t,
  'Notif.test_too_long_exception_message: what a subscriber says is not kept, long or short',
  async (t, url) => {
    const world = await afterOneTry(t, url, { status: 500, body: 'naam-van-een-burger '.repeat(10_000) })
    await demandKept(t, world)
    const kept = [
      await world.database.reader.attempt.findMany(),
      await world.database.reader.delivery.findMany(),
      world.log,
    ]
    const asText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
    t.notMatch(JSON.stringify(kept, asText), /naam-van-een-burger/)
  },
)

const oauth2 = (tokenUrl: string): Partial<Abonnement> => ({
  auth: { type: 'oauth2_client_credentials', clientId: 'bode', tokenUrl, scope: 'notificaties' },
  authSecret: new Secret('of-bode'),
})

onEachDatabase(
  t,
  'Notif.test_notificatie_oauth2_exception_retry: without a token nothing is sent, and the row stays',
  async (t, url) => {
    const tokens = await Receiver.start(t)
    tokens.answer({ status: 401 })
    const world = await afterOneTry(t, url, { status: 204 }, oauth2(tokens.url))
    await demandKept(t, world)
    t.match(await world.database.reader.attempt.findMany(), [{ status: null, error: 'auth' }])
    t.equal(world.receiver.requests.length, 0)
  },
)

async function noRow(t: Test, world: EngineWorld): Promise<void> {
  t.strictSame(await world.drained(), { ready: 0, leased: 0, done: { delivered: 1 }, attempts: 1 })
}

void t.test('Notif.test_deliver_message_api_key_auth: the auth is sent as it stands', async (t) => {
  for (const value of ['Token 12345', 'cmF3IGtleQ==', '']) {
    const authSecret = new Secret(value)
    const world = await afterOneTry(t, await freshDatabaseUrl(t, 'sqlite'), { status: 204 }, { authSecret })
    t.equal(world.receiver.requests[0]?.headers.authorization, value)
    await noRow(t, world)
  }
})

void t.test('Notif.test_deliver_message_zgw_auth: a JWT of this moment is sent, signed with the secret', async (t) => {
  const zgw = { auth: { type: 'zgw', clientId: 'bode', userId: 'u', userRepresentation: 'U' } } as const
  const authSecret = new Secret('shared-with-the-subscriber')
  const world = await afterOneTry(t, await freshDatabaseUrl(t, 'sqlite'), { status: 204 }, { ...zgw, authSecret })
  const [, input = '', signature] =
    /^Bearer (.+\..+)\.(.+)$/.exec(world.receiver.requests[0]?.headers.authorization ?? '') ?? []
  t.equal(signature, createHmac('sha256', authSecret.reveal()).update(input).digest('base64url'))
  const [header, payload] = input
    .split('.')
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object)
  t.match(header, { alg: 'HS256' })
  const iat = Math.floor(world.clock.now() / 1_000)
  t.match(payload, { iss: 'bode', client_id: 'bode', user_id: 'u', user_representation: 'U', iat })
  await noRow(t, world)
})

void t.test('Notif.test_deliver_message_oauth2_auth: a token is fetched once, and sent as Bearer', async (t) => {
  const tokens = await Receiver.start(t)
  tokens.answer({ status: 200, body: '{"access_token":"fetched","token_type":"Bearer"}' })
  const world = await afterOneTry(t, await freshDatabaseUrl(t, 'sqlite'), { status: 204 }, oauth2(tokens.url))
  t.match(tokens.requests, [
    {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('bode:of-bode').toString('base64')}` },
      body: 'grant_type=client_credentials&scope=notificaties',
    },
  ])
  t.match(world.receiver.requests, [{ headers: { authorization: 'Bearer fetched' } }])
  await noRow(t, world)
})

void t.test(
  'Notif.test_deliver_message_no_cert_specified: a certificate that nobody vouches for is refused',
  async (t) => {
    const world = await engineWorld(t, await freshDatabaseUrl(t, 'sqlite'))
    world.subscribe('a', await startHttps(t, { selfSigned: true }))
    await world.publish(1, 'a')
    await world.until(async () => (await countDeliveries(world.database)).attempts === 1, 'one attempt')
    await demandKept(t, world)
    t.match(await world.database.reader.attempt.findMany(), [{ status: null, error: 'tls' }])
  },
)

onEachDatabase(
  t,
  'Notif.test_delete_notif_if_max_attempts_is_reached: with its retries used up it is dead, and kept',
  async (t, url) => {
    const { receiver, ...world } = await afterOneTry(t, url, { status: 500 })
    world.subscribe('a', receiver.url, { delivery: { retry: { maxRetries: 1 } } })
    world.advance(25_000)
    t.strictSame(await world.drained(), { ready: 0, leased: 0, done: { dead: 1 }, attempts: 2 })
    t.match(await world.database.reader.deliveryDone.findMany(), [
      { reason: 'status 500', lastStatus: 500, attempts: 2 },
    ])
    t.equal(await world.database.reader.notificatie.count(), 1)
    world.advance(52_000_000)
    await world.engine.stop(1_000)
    t.equal(receiver.requests.length, 2, 'and not sent again')
  },
)

onEachDatabase(
  t,
  'Notif.test_send_to_sub_with_unknown_scheduled_notif_id: a row that is gone is said, and harms nothing',
  async (t, url) => {
    const world = await engineWorld(t, url)
    const receiver = await Receiver.start(t)
    receiver.answer('hang')
    world.subscribe('a', receiver.url)
    await world.publish(1, 'a')
    await receiver.received(1)
    await world.database.transaction((tx) => tx.delivery.deleteMany())
    receiver.answer({ status: 204 })
    receiver.breakConnections()
    await world.until(() => world.engine.counters().lost === 1, 'the loss is noticed')
    t.match(
      world.log.filter(({ msg }) => msg !== 'attempt'),
      [{ level: 'warn', msg: /lease lost/, abonnementId: 'a' }],
    )
    await world.publish(1, 'a')
    t.match(await world.drained(), { done: { delivered: 1 } })
  },
)
