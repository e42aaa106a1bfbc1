// Invariant: no delivery connects to an address that the egress policy denies, however a subscriber leads there.
import t from 'tap'
import type { Settings } from '../../src/common/model.ts'
import type { AbonnementSpec } from '../../src/common/model.ts'
import { Secret } from '../../src/common/secret.ts'
import { onEachDatabase } from '../support/databases.ts'
import { engineWorld, type EngineWorld } from '../support/engine.ts'
import { Receiver } from '../support/receiver.ts'

/** Of loopback one address is allowed: where the receivers of the tests are, but for those that may not be reached. */
const ONE: Settings['egress'] = { policy: 'private', allow: ['127.0.0.1'] }
const policy = (): Settings['egress'] => ONE

/** The error of the first attempt of each abonnement, by its name. */
async function attempted(world: EngineWorld, count: number): Promise<Record<string, unknown>> {
  await world.until(async () => (await world.database.reader.attempt.count()) >= count, 'every attempt is on record')
  const rows = await world.database.reader.attempt.findMany({ where: { number: 1 } })
  return Object.fromEntries(rows.map(({ abonnementId, error, status }) => [abonnementId, error ?? status]))
}

onEachDatabase(t, 'I19: a literal address that is denied is not connected to, in any of its forms', async (t, url) => {
  const forms = [
    'http://169.254.169.254/latest/meta-data/',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://0251.0376.0251.0376/',
    'http://169.254.43518/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[fd00:ec2::254]/',
    'http://127.0.0.2/',
    'http://[::1]/',
    'http://[::]/',
    'http://0/',
    'http://１６９.254.169.254/',
  ]
  const world = await engineWorld(t, url, { egress: { policy } })
  for (const form of forms) world.subscribe(form, form, { auth: { type: 'no_auth' } })
  await world.publish(1, ...forms)
  const found = await attempted(world, forms.length)
  t.strictSame(found, Object.fromEntries(forms.map((form) => [form, 'denied'])))
})

onEachDatabase(
  t,
  'I19: a name that leads elsewhere at the next attempt (rebinding) is judged each time',
  async (t, url) => {
    const [allowed, hidden] = [await Receiver.start(t), new Receiver()]
    const { port } = new URL(allowed.url)
    await hidden.listen(0, '127.0.0.2')
    t.teardown(() => hidden.stop())
    const answers = ['127.0.0.1', '127.0.0.2', '169.254.169.254']
    const asked: string[] = []
    const resolver = async (): Promise<{ address: string; family: number }[]> => {
      const address = answers[Math.min(asked.length, answers.length - 1)] ?? ''
      asked.push(address)
      return [{ address, family: 4 }]
    }
    const world = await engineWorld(t, url, { egress: { policy, resolver }, delivery: { maxConcurrency: 1 } })
    world.subscribe('rebinding', `http://rebind.test:${port}/`)
    for (const [index, expected] of [204, 'denied', 'denied'].entries()) {
      await world.publish(1, 'rebinding')
      await world.until(async () => (await world.database.reader.attempt.count()) === index + 1, 'one attempt more')
      const last = await world.database.reader.attempt.findFirst({ orderBy: { sequence: 'desc' } })
      t.equal(last?.error ?? last?.status, expected)
      allowed.breakConnections()
    }
    t.strictSame(asked, answers, 'once per connection')
    t.equal(allowed.requests.length, 1)
    t.equal(hidden.connections, 0)
  },
)

onEachDatabase(t, 'I19: a redirect to an address that is denied, or to any other, is not followed', async (t, url) => {
  const [receiver, elsewhere] = [await Receiver.start(t), await Receiver.start(t)]
  const targets = ['http://169.254.169.254/latest/', 'http://127.0.0.2/', `${elsewhere.url}/`]
  receiver.answer(({ path }) => ({ status: 307, headers: { location: targets[Number(path.slice(1))] ?? '' } }))
  const world = await engineWorld(t, url, { egress: { policy } })
  for (const index of targets.keys()) world.subscribe(`redirect ${index}`, `${receiver.url}/${index}`)
  await world.publish(1, 'redirect 0', 'redirect 1', 'redirect 2')
  t.strictSame(await attempted(world, 3), { 'redirect 0': 307, 'redirect 1': 307, 'redirect 2': 307 })
  t.equal(receiver.requests.length, 3)
  t.equal(elsewhere.connections, 0)
})

onEachDatabase(t, 'I19: the token endpoint of a subscriber is judged as its callback is', async (t, url) => {
  const receiver = await Receiver.start(t)
  const world = await engineWorld(t, url, { egress: { policy } })
  const auth: AbonnementSpec['auth'] = {
    type: 'oauth2_client_credentials',
    clientId: 'bode',
    tokenUrl: 'http://169.254.169.254/token',
    scope: '',
  }
  world.subscribe('token', receiver.url, { auth, authSecret: new Secret('secret') })
  await world.publish(1, 'token')
  t.strictSame(await attempted(world, 1), { token: 'denied' })
  t.equal(receiver.requests.length, 0)
})
