// A part of the long run: `npm run test:fuzz -- --requests 50000 [--seed N]`.
import t from 'tap'
import { startTestApp, TEST_SETTINGS } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { fuzz } from './fuzz.ts'

const REQUESTS = Number(process.env['BODE_FUZZ_REQUESTS'] ?? 1_500)
const SEED = Number(process.env['BODE_FUZZ_SEED'] ?? Date.now() % 2 ** 31)
/** What V8 keeps of code and caches by itself; a leak of 1 KB a request is above it in a long run. */
const MAX_HEAP_GROWTH_MB = 40

void t.test('whatever arrives, the answer is one that the OpenAPI document promises', async (t) => {
  // Nothing is called: what is fuzzed is who may call us.
  const settings = { ...TEST_SETTINGS, callbacks: { probe: 'off' as const } }
  const kanalen = { zaken: ['bronorganisatie', 'zaaktype'] }
  const testApp = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen, settings }, 'silent')
  const summary = await fuzz(testApp, { requests: REQUESTS, seed: SEED })
  const { failures, reached, ...figures } = summary
  t.comment(JSON.stringify({ ...figures, failures: failures.length, reached: reached.length }))
  t.strictSame(failures.slice(0, 5), [], `seed ${SEED}`)
  t.equal((await testApp.app.inject('/healthz')).statusCode, 200, 'it is still there')
  const { heapGrowthMb = 0 } = summary
  t.ok(heapGrowthMb < MAX_HEAP_GROWTH_MB, `the heap grew by ${heapGrowthMb} MB`)
  // Else the requests would be so wrong that they show nothing.
  for (const operation of [
    'POST /notificaties',
    'POST /cloudevents',
    'POST /abonnement',
    'PATCH /abonnement/{uuid}',
    'PUT /kanaal/{uuid}',
  ]) {
    t.ok(reached.includes(operation), `${operation} succeeded at least once`)
  }
})
