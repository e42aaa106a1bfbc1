import type { Environment } from '../common/environment.ts'
import { Failure } from '../common/failure.ts'

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent']

/** How much `serve` logs: BODE_LOG_LEVEL, `info` by default. Throws Failure `invalid` for a level that is none. */
export function logLevel(environment: Environment): string {
  const level = environment['BODE_LOG_LEVEL'] || 'info'
  if (LEVELS.includes(level)) return level
  throw new Failure('invalid', `BODE_LOG_LEVEL is one of ${LEVELS.join(', ')}, not "${level}"`)
}
