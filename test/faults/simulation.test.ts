import t from 'tap'
import { freshDatabaseUrl, openTestDatabase, providers } from '../support/databases.ts'
import type { Backend } from './simulation/backend.ts'
import { databaseBackend } from './simulation/database-backend.ts'
import { memoryBackend } from './simulation/memory-backend.ts'
import { runSchedule } from './simulation/schedule.ts'
import { explain } from './simulation/simulate.ts'

// `npm run test:faults -- --simulation --iterations N --seed S` runs more of them, or one.
t.setTimeout(600_000)
const SCHEDULES = 2_000
const ON_A_DATABASE = 10

void t.test('whatever goes wrong in whatever order, no invariant is broken', async (t) => {
  const totals = { deliveries: 0, attempts: 0, lost: 0 }
  for (let seed = 1; seed <= SCHEDULES; seed += 1) {
    const outcome = await runSchedule(seed)
    if (outcome.violations.length > 0) {
      t.fail(explain(outcome))
      return
    }
    for (const name of ['deliveries', 'attempts', 'lost'] as const) totals[name] += outcome[name]
  }
  t.comment(`${SCHEDULES} schedules: ${JSON.stringify(totals)}`)
  t.ok(totals.attempts > totals.deliveries, 'attempts fail')
  t.ok(totals.lost > 0, 'leases are lost')
})

for (const provider of providers) {
  void t.test(`the same schedules on a real database (${provider})`, async (t) => {
    const database = await openTestDatabase(t, await freshDatabaseUrl(t, provider))
    const kind = { exclusive: provider === 'sqlite', short: true }
    for (let seed = 1; seed <= ON_A_DATABASE; seed += 1) {
      const outcome = await runSchedule(seed, () => databaseBackend(database), kind)
      if (outcome.violations.length > 0) t.fail(explain(outcome))
    }
  })
}

void t.test('a seed is one schedule: twice the same happens', async (t) => {
  const [first, second] = [await runSchedule(7), await runSchedule(7)]
  t.ok(first.trace().length > 50)
  t.strictSame(first.trace(), second.trace())
})

void t.test('a database that breaks a promise is noticed', async (t) => {
  for (const [law, breakIt] of Object.entries(BROKEN)) {
    const seen = new Set<string>()
    for (let seed = 1; seed <= 150 && !seen.has(law); seed += 1) {
      const { violations } = await runSchedule(seed, async (exclusive) => breakIt(memoryBackend({ exclusive })))
      for (const violation of violations) seen.add(violation.split(':')[0] as string)
    }
    t.ok(seen.has(law), `${law} (seen: ${[...seen].join(', ')})`)
  }
})

/** Databases that do what ours must not. */
const BROKEN: Record<string, (backend: Backend) => Backend> = {
  // A claim that gives a row that somebody has.
  I17: (backend) => {
    let last: Awaited<ReturnType<Backend['store']['claim']>>['deliveries'] = []
    return withStore(backend, {
      claim: async (request) => {
        const claim = await backend.store.claim(request)
        const again = last.filter((row) => request.lanes.some(({ abonnementId }) => abonnementId === row.abonnementId))
        last = claim.deliveries
        return claim.deliveries.length > 0 ? claim : { ...claim, deliveries: again.slice(0, 1) }
      },
    })
  },
  // A settle without a fence.
  fence: (backend) =>
    withStore(backend, {
      settle: async (request) => {
        await backend.store.settle(request)
        return request.settlements.map(() => true)
      },
    }),
  // A row that vanishes.
  I4: (backend) => ({
    ...backend,
    publish: async (message, now) => {
      if (message.id !== 'm3') await backend.publish(message, now)
    },
  }),
  // An ordering key that is forgotten.
  I11: (backend) => ({
    ...backend,
    publish: (message, now) =>
      backend.publish(
        {
          ...message,
          addressees: message.addressees.map((each) => ({
            ...each,
            orderingKey: each.orderingKey === null ? null : message.id,
          })),
        },
        now,
      ),
  }),
}

function withStore(backend: Backend, store: Partial<Backend['store']>): Backend {
  return { ...backend, store: { ...backend.store, ...store } }
}
