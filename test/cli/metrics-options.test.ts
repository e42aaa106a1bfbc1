import t from 'tap'
import { metricsOptions } from '../../src/cli/metrics-options.ts'

void t.test('metrics are off unless a port is set, and inside unless a host is', async (t) => {
  t.equal(metricsOptions({}), undefined)
  t.equal(metricsOptions({ BODE_METRICS_PORT: '', BODE_METRICS_HOST: '0.0.0.0' }), undefined)
  t.strictSame(metricsOptions({ BODE_METRICS_PORT: '9464' }), { host: '127.0.0.1', port: 9464 })
  t.strictSame(metricsOptions({ BODE_METRICS_PORT: '0', BODE_METRICS_HOST: '::' }), { host: '::', port: 0 })
  t.throws(() => metricsOptions({ BODE_METRICS_PORT: 'metrics' }), { kind: 'invalid', message: /BODE_METRICS_PORT/ })
})
