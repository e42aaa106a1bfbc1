import { variableOrFile, type Environment } from '../../common/environment.ts'
import { Failure, messageOf } from '../../common/failure.ts'
import { Secret } from '../../common/secret.ts'
import { portNumber, type ListenOptions } from '../listen-options.ts'

export type OperateOptions = ListenOptions & {
  token: Secret
  /** Directories below which a document may name secret files. */
  secretsDirs: readonly string[]
}

const DEFAULT_SECRETS_DIRS = '/run/secrets:/etc/bode/secrets'
const MIN_TOKEN_BYTES = 32
const ADVICE = 'make one with: openssl rand -base64 32, and set BODE_OPERATE_TOKEN_FILE to its file'

/**
 * Where the operators' API listens: BODE_OPERATE_PORT (without it there is none), BODE_OPERATE_HOST,
 * BODE_OPERATE_TOKEN or BODE_OPERATE_TOKEN_FILE, BODE_SECRETS_DIRS. It is environment and not
 * configuration, because it must be there before the first configuration is. Throws Failure `secret` for
 * a token that is missing or weak, `invalid` for a port that is none.
 */
export function operateOptions(environment: Environment): OperateOptions | undefined {
  const port = environment['BODE_OPERATE_PORT']
  if (!port) return undefined
  return {
    host: environment['BODE_OPERATE_HOST'] || '127.0.0.1',
    port: portNumber('BODE_OPERATE_PORT', port),
    token: readToken(environment),
    secretsDirs: (environment['BODE_SECRETS_DIRS'] || DEFAULT_SECRETS_DIRS).split(':').filter((path) => path !== ''),
  }
}

function readToken(environment: Environment): Secret {
  let token: string | undefined
  try {
    token = variableOrFile(environment, 'BODE_OPERATE_TOKEN')
  } catch (error) {
    throw new Failure('secret', `no token for the operators' API: ${messageOf(error)}`, { cause: error })
  }
  if (!token) throw new Failure('secret', `BODE_OPERATE_PORT is set, but there is no BODE_OPERATE_TOKEN: ${ADVICE}`)
  if (Buffer.byteLength(token) < MIN_TOKEN_BYTES || /\s/.test(token)) {
    throw new Failure(
      'secret',
      `BODE_OPERATE_TOKEN is weak: it must be ${MIN_TOKEN_BYTES} bytes or more without spaces; ${ADVICE}`,
    )
  }
  return new Secret(token)
}
