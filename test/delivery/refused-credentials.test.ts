import t from 'tap'
import { Secret } from '../../src/common/secret.ts'
import { onEachDatabase } from '../support/databases.ts'
import { engineWorld } from '../support/engine.ts'
import { Receiver } from '../support/receiver.ts'

for (const status of [401, 403]) {
  onEachDatabase(t, `a ${status} is on record as a refusal of our credentials, with what they are`, async (t, url) => {
    const receiver = await Receiver.start(t)
    receiver.answer({ status })
    const world = await engineWorld(t, url)
    const { clock, database, log } = world
    const authSecret = new Secret('Bearer very secret')
    world.subscribe('zac', receiver.url, { authSecret, changedAt: clock.now() - 2 * 3_600_000 })
    await world.publish(1, 'zac')
    await world.until(async () => (await database.reader.attempt.count()) === 1, 'one attempt')
    t.match(await database.reader.attempt.findFirst(), {
      status,
      error: 'unauthorized',
      detail: 'API key, abonnement last changed 2 h ago',
      responseHead: null,
    })
    t.match(
      log.filter(({ msg }) => msg === 'subscriber refused our credentials'),
      [{ level: 'warn', abonnement: 'zac', status, error: 'unauthorized', detail: /^API key/ }],
    )
    t.equal(await database.reader.delivery.count(), 1, 'and it is tried again: a renewal may be under way')
  })
}

onEachDatabase(t, 'no other answer says anything of credentials', async (t, url) => {
  const receiver = await Receiver.start(t)
  receiver.answer({ status: 500, body: 'kapot' })
  const world = await engineWorld(t, url)
  world.subscribe('zac', receiver.url)
  await world.publish(1, 'zac')
  await world.until(async () => (await world.database.reader.attempt.count()) === 1, 'one attempt')
  t.match(await world.database.reader.attempt.findFirst(), {
    status: 500,
    error: null,
    detail: null,
    responseHead: null,
  })
})

onEachDatabase(t, 'the beginning of an answer is kept for whom the settings say so', async (t, url) => {
  const receiver = await Receiver.start(t)
  receiver.answer({ status: 400, body: 'kapot\0' })
  const world = await engineWorld(t, url, { delivery: { keepResponse: true } })
  world.subscribe('kept', receiver.url)
  world.subscribe('not kept', receiver.url, { delivery: { keepResponse: false } })
  await world.publish(1, 'kept', 'not kept')
  await world.until(async () => (await world.database.reader.attempt.count()) === 2, 'two attempts')
  const rows = await world.database.reader.attempt.findMany({ orderBy: { abonnementId: 'asc' } })
  t.strictSame(
    rows.map(({ abonnementId, responseHead }) => [abonnementId, responseHead]),
    [
      ['kept', 'kapot?'],
      ['not kept', null],
    ],
  )
})
