import t from 'tap'
import { onEachDatabase } from '../support/databases.ts'
import { countDeliveries } from '../support/deliveries.ts'
import { engineWorld } from '../support/engine.ts'
import { Receiver } from '../support/receiver.ts'

onEachDatabase(t, 'a subscriber that begins to fail is a warning, one that goes on failing is not', async (t, url) => {
  const retry = { maxRetries: 3, backoffMs: 1_000, baseFactor: 1, backoffMaxMs: 1_000 }
  const world = await engineWorld(t, url, { delivery: { retry } })
  const receiver = await Receiver.start(t)
  world.subscribe('a', receiver.url)
  const statuses = [500, 500, 204, 500, 500, 500, 500]
  receiver.answer(() => ({ status: statuses[receiver.requests.length - 1]! }))
  const attempted = (count: number): Promise<void> =>
    world.until(async () => {
      const { attempts, leased } = await countDeliveries(world.database)
      return attempts === count && leased === 0
    }, `${count} attempts`)
  await world.publish(1, 'a')
  for (let count = 1; count <= 3; count += 1) {
    await attempted(count)
    if (count < 3) world.advance(1_000)
  }
  await world.publish(1, 'a')
  for (let count = 4; count <= 7; count += 1) {
    await attempted(count)
    if (count < 7) world.advance(1_000)
  }
  t.strictSame(
    world.log.filter(({ msg }) => msg === 'attempt').map(({ level, outcome }) => `${String(level)} ${String(outcome)}`),
    ['warn retry', 'info retry', 'info delivered', 'warn retry', 'info retry', 'info retry', 'warn dead'],
  )
})
