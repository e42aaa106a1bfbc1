// Verified with the library that subscribers use.
import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { Secret } from '../../src/common/secret.ts'
import type { ActiveSecret } from '../../src/common/snapshot.ts'
import { onEachDatabase } from '../support/databases.ts'
import { engineWorld } from '../support/engine.ts'
import { TestClock } from '../support/clock.ts'
import { Receiver, type ReceivedRequest } from '../support/receiver.ts'

const WHSEC = `whsec_${randomBytes(32).toString('base64')}`
const OLD = `whsec_${randomBytes(24).toString('base64')}`
const PLAIN = 'een lang geheim dat geen base64 is'

function active(
  value: string,
  slot: 'current' | 'previous' = 'current',
  expiresAt: number | null = null,
): ActiveSecret {
  return { value: new Secret(value), slot, fingerprint: '', expiresAt }
}

function verifies(webhook: Webhook, { body, headers }: ReceivedRequest): boolean {
  try {
    webhook.verify(body, headers as Record<string, string>)
    return true
  } catch {
    return false
  }
}

onEachDatabase(
  t,
  'every request is signed as Standard Webhooks asks, with each secret that is valid',
  async (t, url) => {
    const receiver = await Receiver.start(t)
    // The library holds the timestamp against the clock of the machine.
    const world = await engineWorld(t, url, { clock: new TestClock(Date.now()) })
    const { clock } = world
    world.subscribe('one', `${receiver.url}/one`, { signingSecrets: [active(WHSEC)] })
    world.subscribe('plain', `${receiver.url}/plain`, { signingSecrets: [active(PLAIN)] })
    const changing = [active(WHSEC), active(OLD, 'previous', clock.now() + 60_000)]
    world.subscribe('changing', `${receiver.url}/changing`, { signingSecrets: changing })
    const changed = [active(WHSEC), active(OLD, 'previous', clock.now() - 1)]
    world.subscribe('changed', `${receiver.url}/changed`, { signingSecrets: changed })
    world.subscribe('none', `${receiver.url}/none`)
    await world.publish(1, 'one', 'plain', 'changing', 'changed', 'none')
    await world.drained()
    const [current, old, raw] = [new Webhook(WHSEC), new Webhook(OLD), new Webhook(PLAIN, { format: 'raw' })]
    const found = Object.fromEntries(
      receiver.requests.map((request) => [
        request.path.slice(1),
        [verifies(current, request), verifies(old, request), verifies(raw, request)],
      ]),
    )
    t.strictSame(found, {
      one: [true, false, false],
      plain: [false, false, true],
      changing: [true, true, false],
      changed: [true, false, false],
      none: [false, false, false],
    })
    const none = receiver.requests.find(({ path }) => path === '/none')
    t.equal(none?.headers['webhook-signature'], undefined)
    const one = receiver.requests.find(({ path }) => path === '/one')!
    t.notOk(verifies(current, { ...one, body: `${one.body} ` }), 'another body does not')
  },
)

onEachDatabase(t, 'a retry is signed for its own moment', async (t, url) => {
  const receiver = await Receiver.start(t)
  receiver.answer({ status: 500 })
  const world = await engineWorld(t, url, { clock: new TestClock(Date.now() - 60_000) })
  world.subscribe('a', receiver.url, { signingSecrets: [active(WHSEC)] })
  await world.publish(1, 'a')
  await receiver.received(1)
  await world.until(async () => (await world.database.reader.attempt.count()) === 1, 'settled')
  receiver.answer({ status: 204 })
  world.advance(60_000)
  await world.drained()
  const [first, second] = receiver.requests as [ReceivedRequest, ReceivedRequest]
  t.not(first.headers['webhook-timestamp'], second.headers['webhook-timestamp'])
  t.equal(first.headers['webhook-id'], second.headers['webhook-id'])
  t.ok(verifies(new Webhook(WHSEC), first))
  t.ok(verifies(new Webhook(WHSEC), second))
})
