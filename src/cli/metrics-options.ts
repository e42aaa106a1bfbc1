import type { Environment } from '../common/environment.ts'
import { portNumber, type ListenOptions } from './listen-options.ts'

/**
 * Where Prometheus finds the metrics: BODE_METRICS_PORT (without it there are none), BODE_METRICS_HOST. Throws
 * Failure `invalid` for a port that is none.
 */
export function metricsOptions(environment: Environment): ListenOptions | undefined {
  const port = environment['BODE_METRICS_PORT']
  if (!port) return undefined
  return { host: environment['BODE_METRICS_HOST'] || '127.0.0.1', port: portNumber('BODE_METRICS_PORT', port) }
}
