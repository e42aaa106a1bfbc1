import type { Test } from 'tap'
import { createDeliveryStore } from '../../src/db/delivery-store.ts'
import { createDeliveryEngine, type DeliveryEngine } from '../../src/delivery/engine.ts'
import { createEgress } from '../../src/egress/egress.ts'
import { sentBody } from '../../src/notificaties/sent-body.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { startTestApp, type TestApp } from './app.ts'
import { countDeliveries } from './deliveries.ts'
import type { SeedConfiguration } from './seed-configuration.ts'
import { until } from './server.ts'

export type DeliveringApp = TestApp & {
  engine: DeliveryEngine
  /** Moves the clock and lets the deliveries that are due by then begin. */
  advance: (ms: number) => void
  /** Resolves when so many attempts are on record in all. */
  attempted: (count: number) => Promise<void>
  /** Resolves to how the deliveries ended, when none is left to do. */
  drained: () => Promise<Record<string, number>>
  /** The log's line of each attempt, in order. */
  attempts: () => Record<string, unknown>[]
}

/** The application with the deliveries behind it, as a server has them; a retry comes when the test moves the clock. */
export async function startDeliveringApp(
  t: Test,
  url: string,
  configuration: SeedConfiguration,
): Promise<DeliveringApp> {
  const testApp = await startTestApp(t, url, configuration)
  const { database, snapshot, reload, clock, committed, call } = testApp
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) }
  const logger = createLogger({ level: 'info', destination })
  const egress = createEgress({ policy: () => snapshot().settings.egress })
  // In the middle of the jitter: a delay is what the schedule says.
  const random = (): number => 0.5
  const shared = { database, snapshot, reload, clock, logger, egress }
  const engine = createDeliveryEngine({
    ...shared,
    store: createDeliveryStore(database),
    random,
    serverId: 'test',
    sentBody,
  })
  t.teardown(async () => {
    await engine.stop(0)
    await egress.close()
  })
  await engine.start()
  const state = (): object => ({ counters: engine.counters(), inFlight: engine.inFlight(), log: lines.slice(-5) })
  return {
    ...testApp,
    engine,
    call: async (...request) => {
      const response = await call(...request)
      engine.nudge(committed)
      return response
    },
    advance: (ms) => {
      clock.advance(ms)
      engine.nudge()
    },
    attempted: (count) => until(async () => (await database.reader.attempt.count()) >= count, state),
    drained: async () => {
      await until(async () => (await database.reader.delivery.count()) === 0, state)
      return (await countDeliveries(database)).done
    },
    attempts: () => lines.filter(({ msg }) => msg === 'attempt'),
  }
}
