import type { Environment } from '../common/environment.ts'
import { Failure } from '../common/failure.ts'

export type ListenOptions = { host: string; port: number }

const DEFAULT_HOST = '127.0.0.1'
const DEFAULT_PORT = 8080

/**
 * Where `serve` listens: BODE_HTTP_HOST or HOST, BODE_HTTP_PORT or PORT (0 picks a free one). These names
 * do not collide with the variables that Kubernetes makes for a service called `bode`. Throws Failure
 * `invalid` for a port that is none.
 */
export function listenOptions(environment: Environment): ListenOptions {
  const variable = environment['BODE_HTTP_PORT'] ? 'BODE_HTTP_PORT' : 'PORT'
  const port = portNumber(variable, environment[variable] || String(DEFAULT_PORT))
  return { host: environment['BODE_HTTP_HOST'] || environment['HOST'] || DEFAULT_HOST, port }
}

/** The port that an environment variable names. Throws Failure `invalid` when it is none. */
export function portNumber(variable: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new Failure('invalid', `${variable} must be a number from 0 to 65535, not "${text}"`)
}
