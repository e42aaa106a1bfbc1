import t from 'tap'
import { tracingOptions } from '../../src/cli/tracing-options.ts'
import type { Environment } from '../../src/common/environment.ts'
import { assertNoLeak, canary } from '../support/canary.ts'

const ON = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }

void t.test('without an endpoint, or when it is turned off, there are no traces', async (t) => {
  const cases: Environment[] = [
    {},
    { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { ...ON, OTEL_SDK_DISABLED: 'True' },
    { ...ON, OTEL_TRACES_EXPORTER: 'none' },
  ]
  for (const environment of cases) t.equal(tracingOptions(environment), undefined, JSON.stringify(environment))
})

void t.test('the variables mean what OpenTelemetry says', async (t) => {
  const cases: [environment: Environment, expected: object][] = [
    [
      {},
      {
        url: 'http://collector:4318/v1/traces',
        resource: { 'service.name': 'bode' },
        sampler: 'parentbased_always_on',
        ratio: 1,
        notUnderstood: [],
      },
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/base/' }, { url: 'https://c/base/v1/traces' }],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/x' }, { url: 'https://c/x' }],
    [
      { OTEL_RESOURCE_ATTRIBUTES: 'service.name=other, deployment.environment.name=prod%20uction,broken,x=%zz' },
      { resource: { 'service.name': 'other', 'deployment.environment.name': 'prod uction' } },
    ],
    [
      { OTEL_RESOURCE_ATTRIBUTES: 'service.name=other', OTEL_SERVICE_NAME: 'nrc' },
      { resource: { 'service.name': 'nrc' } },
    ],
    [
      { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' },
      { sampler: 'parentbased_traceidratio', ratio: 0.25, notUnderstood: [] },
    ],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '7' },
      { sampler: 'traceidratio', ratio: 1, notUnderstood: ['OTEL_TRACES_SAMPLER_ARG'] },
    ],
    [
      { OTEL_TRACES_SAMPLER: 'xray', OTEL_TRACES_SAMPLER_ARG: 'endpoint=x', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      { sampler: 'parentbased_always_on', notUnderstood: ['OTEL_TRACES_SAMPLER', 'OTEL_EXPORTER_OTLP_PROTOCOL'] },
    ],
  ]
  for (const [environment, expected] of cases) {
    t.match(tracingOptions({ ...ON, ...environment }), expected, JSON.stringify(environment))
  }
})

void t.test('what is sent to the collector only, stays secret', async (t) => {
  const secret = canary('header')
  const options = tracingOptions({
    ...ON,
    OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer%20${secret},x-a=1`,
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'X-A=2',
  })
  const headers = Object.entries(options?.headers ?? {}).map(([name, value]) => [name, value.reveal()])
  t.strictSame(headers, [
    ['authorization', `Bearer ${secret}`],
    ['x-a', '2'],
  ])
  assertNoLeak(t, JSON.stringify(options), 'the options')
  for (const url of [`ftp://u:${secret}@c`, secret, `grpc://${secret}`]) {
    try {
      tracingOptions({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url })
      t.fail(url)
    } catch (error) {
      t.match(error, { kind: 'invalid', message: /OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be/ })
      assertNoLeak(t, String(error), 'the message')
    }
  }
})
