import type { Test } from 'tap'
import type { Environment } from '../../src/common/environment.ts'
import { operateOptions } from '../../src/cli/operate/options.ts'
import type { CliResult } from './cli.ts'
import { runCli } from './cli.ts'
import { workplace, type Workplace } from './documents.ts'
import { startTestServer, type TestServer } from './server.ts'

export const OPERATE_TOKEN = 'a-token-of-an-operator-of-32-bytes'

export type Operated = Workplace & {
  server: TestServer
  operateUrl: string
  /** `bode ...args --server URL` in an environment without database, key and secrets. */
  remotely: (args: readonly string[], options?: { environment?: Environment; input?: string }) => Promise<CliResult>
}

/** A running server on `url` with the operators' API; it has the secrets of the document, who calls has not. */
export async function operated(t: Test, url: string, document?: string): Promise<Operated> {
  const work = workplace(t, url, document)
  const environment = {
    ...work.environment,
    BODE_OPERATE_PORT: '0',
    BODE_OPERATE_TOKEN: OPERATE_TOKEN,
    BODE_SECRETS_DIRS: work.folder,
  }
  const server = await startTestServer(t, {
    databaseUrl: url,
    environment,
    cwd: work.folder,
    operate: operateOptions(environment),
  })
  const operateUrl = server.operateUrl ?? ''
  const { GITLAB_USER_LOGIN, CI_COMMIT_SHA } = work.environment
  const caller = { GITLAB_USER_LOGIN, CI_COMMIT_SHA, BODE_SERVER_TOKEN: OPERATE_TOKEN }
  return {
    ...work,
    server,
    operateUrl,
    remotely: (args, options = {}) =>
      runCli([...args, '--server', operateUrl], {
        cwd: work.folder,
        ...options,
        environment: { ...caller, ...options.environment },
      }),
  }
}
