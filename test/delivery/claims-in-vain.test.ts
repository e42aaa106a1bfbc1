import t from 'tap'
import type { DeliveryStore } from '../../src/db/delivery-store.ts'
import { onEachDatabase } from '../support/databases.ts'
import { countDeliveries } from '../support/deliveries.ts'
import { engineWorld } from '../support/engine.ts'
import { Receiver } from '../support/receiver.ts'

onEachDatabase(
  t,
  'what is published for a paused lane costs no claims, and goes once it is resumed',
  async (t, url) => {
    const receiver = await Receiver.start(t)
    let claims = 0
    const between = (store: DeliveryStore): DeliveryStore => ({
      ...store,
      claim: (request) => {
        claims += 1
        return store.claim(request)
      },
    })
    // The poll does not come by itself: the test says when.
    const world = await engineWorld(t, url, { between, settings: { pollMs: 3_600_000 } })
    world.subscribe('a', receiver.url)
    world.subscribe('b', receiver.url)
    await world.database.transaction((tx) =>
      tx.abonnementState.create({ data: { abonnementId: 'a', status: 'paused', changedAt: 1n, changedBy: 'test' } }),
    )
    for (let message = 1; message <= 40; message += 1) {
      await world.publish(1, 'a')
      await world.until(() => world.engine.inFlight() === 0, 'nothing is under way')
      await new Promise((resolve) => setImmediate(resolve))
    }
    const inVain = claims
    t.ok(inVain >= 1 && inVain <= 6, `${inVain} claims for 40 messages`)
    await world.publish(1, 'b')
    await receiver.received(1)
    t.match(await countDeliveries(world.database), { ready: 40 })

    await world.database.transaction((tx) => tx.abonnementState.deleteMany())
    world.engine.nudge()
    await world.drained()
    await world.publish(1, 'a')
    await world.drained()
    t.equal(receiver.requests.length, 42, 'open again, it is asked for each message')
  },
)
