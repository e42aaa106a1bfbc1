import t, { type Test } from 'tap'
import { tracingOptions } from '../../src/cli/tracing-options.ts'
import type { Environment } from '../../src/common/environment.ts'
import { assertNoLeak, canary } from '../support/canary.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { restart, startObservedServer } from '../support/observed-server.ts'
import { Receiver } from '../support/receiver.ts'
import { until } from '../support/server.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'
const SAMPLED = { traceparent: `00-${TRACE}-${CALLER}-01` }
const NOT_SAMPLED = { traceparent: `00-${TRACE}-${CALLER}-00` }

type Attribute = { key: string; value: { stringValue?: string; intValue?: number } }
type Span = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  attributes: Attribute[]
  status: { code?: number }
}
type Export = { resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Span[] }[] }[] }

/** A collector as OTLP over HTTP has it, and the options to reach it. */
async function startCollector(t: Test, environment: Environment = {}) {
  const receiver = await Receiver.start(t)
  receiver.answer({ status: 200, headers: { 'content-type': 'application/json' }, body: '{}' })
  const exports = (): Export[] => receiver.requests.map(({ body }) => JSON.parse(body) as Export)
  const tracing = tracingOptions({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...environment })
  const spans = (): Span[] =>
    exports().flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    )
  return { receiver, tracing, exports, spans }
}

function attributesOf({ attributes }: Pick<Span, 'attributes'>): Record<string, string | number | undefined> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]))
}

onEachDatabase(
  t,
  'one trace from the publisher to the attempt, over a restart, without what is personal',
  async (t, url) => {
    const secret = canary('collector')
    const collector = await startCollector(t, {
      OTEL_EXPORTER_OTLP_HEADERS: `x-key=${secret}`,
      OTEL_SERVICE_NAME: 'nrc-test',
    })
    const subscriber = await Receiver.start(t)
    const before = await startObservedServer(
      t,
      url,
      [{ id: 'zac', callbackUrl: `${subscriber.url}/?token=${canary('query')}`, auth: canary('auth') }],
      { tracing: collector.tracing },
    )
    const { database } = before
    await database.transaction((tx) =>
      tx.abonnementState.create({ data: { abonnementId: 'zac', status: 'paused', changedAt: 1n } }),
    )
    t.equal(await before.publish({ kenmerken: { bronorganisatie: canary('kenmerk') } }, SAMPLED), 201)
    await before.stop()
    const [publish] = collector.spans()
    t.match(publish, { traceId: TRACE, parentSpanId: CALLER, name: 'POST /api/v1/notificaties', kind: 2 })
    const { id, traceparent } = await database.reader.notificatie.findFirstOrThrow()
    t.equal(traceparent, `00-${TRACE}-${publish?.spanId}-01`)

    await database.transaction((tx) => tx.abonnementState.deleteMany())
    const after = await restart(t, url, { tracing: collector.tracing })
    await until(async () => (await database.reader.delivery.count()) === 0)
    await after.stop()
    const [, attempt, ...more] = collector.spans()
    t.strictSame(more, [])
    t.match(attempt, { traceId: TRACE, parentSpanId: publish?.spanId, name: 'deliver', kind: 3 })
    t.equal(subscriber.requests[0]?.headers['traceparent'], `00-${TRACE}-${attempt?.spanId}-01`)
    t.strictSame(attributesOf(publish!), {
      'http.request.method': 'POST',
      'http.route': '/api/v1/notificaties',
      'http.response.status_code': 201,
      'bode.kanaal': 'zaken',
      'bode.notificatie.id': id,
    })
    t.strictSame(attributesOf(attempt!), {
      'bode.abonnement': 'zac',
      'bode.notificatie.id': id,
      'bode.attempt': 1,
      'bode.replay': 0,
      'http.response.status_code': 204,
    })
    const [first] = collector.exports()
    t.match(attributesOf(first!.resourceSpans[0]!.resource), { 'service.name': 'nrc-test', 'service.version': /^\d/ })
    const [request] = collector.receiver.requests
    t.match(request, { path: '/v1/traces', headers: { 'x-key': secret } })
    for (const { body } of collector.receiver.requests) assertNoLeak(t, body, 'the spans')
    assertNoLeak(t, JSON.stringify([before.logged(), after.logged()]), 'the log')
  },
)

onEachDatabase(t, 'each attempt has a span of its own, and one that fails says how', async (t, url) => {
  const collector = await startCollector(t)
  const subscriber = await Receiver.start(t)
  let count = 0
  subscriber.answer(() => ((count += 1) === 1 ? { status: 500 } : 'reset'))
  const server = await startObservedServer(t, url, [{ id: 'a', callbackUrl: subscriber.url }], {
    tracing: collector.tracing,
  })
  t.equal(await server.publish({}, { traceparent: 'nonsense' }), 201)
  t.equal(await server.publish({ kanaal: 'unknown' }), 400)
  await until(async () => (await server.database.reader.delivery.count()) === 0)
  await server.stop()
  const [publish, refused] = collector.spans().filter(({ kind }) => kind === 2)
  t.equal(publish?.parentSpanId, undefined, 'a trace of our own')
  t.match(attributesOf(refused!), { 'http.response.status_code': 400 })
  t.not(refused?.traceId, publish?.traceId)
  const attempts = collector.spans().filter(({ kind }) => kind === 3)
  t.equal(attempts.length, 2)
  t.ok(attempts.every(({ traceId, status }) => traceId === publish?.traceId && status.code === 2))
  t.match(attempts.map(attributesOf), [
    { 'bode.attempt': 1, 'http.response.status_code': 500 },
    { 'bode.attempt': 2, 'error.type': 'reset' },
  ])
})

void t.test('what is not sampled makes no span, and who comes after us is told so', async (t) => {
  const cases: [what: string, environment: Environment, headers: Record<string, string>][] = [
    ['the caller does not sample', {}, NOT_SAMPLED],
    ['we never do', { OTEL_TRACES_SAMPLER: 'always_off' }, SAMPLED],
    ['none of nothing', { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, {}],
  ]
  for (const [what, environment, headers] of cases) {
    const collector = await startCollector(t, environment)
    const subscriber = await Receiver.start(t)
    const url = await freshDatabaseUrl(t, 'sqlite')
    const { tracing } = collector
    const server = await startObservedServer(t, url, [{ id: 'a', callbackUrl: subscriber.url }], { tracing })
    t.equal(await server.publish({}, headers), 201)
    await until(async () => (await server.database.reader.delivery.count()) === 0)
    await server.stop()
    t.strictSame(collector.spans(), [], what)
    t.match(subscriber.requests[0]?.headers['traceparent'], /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/, what)
  }
})

void t.test('who does not trace stores nothing of a trace and sends nothing of it', async (t) => {
  const subscriber = await Receiver.start(t)
  const server = await startObservedServer(t, await freshDatabaseUrl(t, 'sqlite'), [
    { id: 'a', callbackUrl: subscriber.url },
  ])
  t.equal(await server.publish({}, SAMPLED), 201)
  await until(async () => (await server.database.reader.delivery.count()) === 0)
  t.equal(subscriber.requests[0]?.headers['traceparent'], undefined)
  t.match(await server.database.reader.notificatie.findMany(), [{ traceparent: null }])
})

void t.test('a collector that refuses disturbs nobody, and is complained about once', async (t) => {
  const collector = await startCollector(t, {
    OTEL_EXPORTER_OTLP_HEADERS: `x-key=${canary('header')}`,
    OTEL_TRACES_SAMPLER: 'what',
  })
  collector.receiver.answer({ status: 400, body: canary('answer') })
  const subscriber = await Receiver.start(t)
  const { tracing } = collector
  const url = await freshDatabaseUrl(t, 'sqlite')
  const server = await startObservedServer(t, url, [{ id: 'a', callbackUrl: subscriber.url }], { tracing })
  for (let count = 0; count < 300; count += 1) t.equal(await server.publish({}, SAMPLED), 201)
  await until(async () => (await server.database.reader.delivery.count()) === 0)
  await server.stop()
  t.ok(collector.receiver.requests.length >= 2, 'more than one batch')
  const warnings = server.logged().filter(({ level }) => level === 'warn')
  t.match(warnings, [
    { variable: 'OTEL_TRACES_SAMPLER' },
    { msg: 'traces could not be exported', status: 400, spans: Number },
  ])
  t.equal(warnings.length, 2)
  assertNoLeak(t, JSON.stringify(server.logged()), 'the log')
})

void t.test('a collector that hangs does not hold up the end', async (t) => {
  const collector = await startCollector(t)
  collector.receiver.answer('hang')
  const { tracing } = collector
  const server = await startObservedServer(t, await freshDatabaseUrl(t, 'sqlite'), [], { tracing })
  t.equal(await server.publish(), 201)
  const begunAt = performance.now()
  await server.stop()
  t.equal(collector.receiver.requests.length, 1)
  t.ok(performance.now() - begunAt < 10_000, 'not the ten seconds that an export may take, and then some')
})
