import { Failure } from '../../common/failure.ts'
import type { Database } from '../../db/open.ts'
import type { Command, Invocation } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { demandNoArguments } from '../flag-values.ts'
import { listenOptions } from '../listen-options.ts'
import { logLevel } from '../log-level.ts'
import { metricsOptions } from '../metrics-options.ts'
import { operateOptions } from '../operate/options.ts'
import { tracingOptions } from '../tracing-options.ts'
import { DATABASE_OPTIONS } from '../shared-options.ts'
import { choicesOf, PLANNING_OPTIONS } from '../wanted.ts'

/** Longer than the delivery engine waits for its attempts; then the process ends whatever is left. */
const STOP_WITHIN_MS = 30_000

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Run the Notificaties API and route what is published',
  usage: '[--database-url URL] [--no-migrate] [--apply PATH]...',
  examples: [
    'BODE_MASTER_KEY_FILE=/etc/bode/master.key bode serve',
    'DATABASE_URL_FILE=/run/secrets/database-url bode serve --no-migrate',
    'bode serve --apply /etc/bode/config --env production',
  ],
  options: {
    ...DATABASE_OPTIONS,
    'no-migrate': { type: 'boolean', help: 'do not migrate; exit 8 when the database is not up to date' },
    apply: {
      type: 'string',
      multiple: true,
      value: 'PATH',
      help: 'apply this file or directory first, as bode apply --auto-approve does; repeatable',
    },
    env: PLANNING_OPTIONS.env,
    'on-drift': PLANNING_OPTIONS['on-drift'],
  },
  run: (invocation) => serve(invocation),
}

/**
 * Serves until the process is told to stop; then stops gracefully and exits 0. The environment says
 * where to listen (BODE_HTTP_HOST, BODE_HTTP_PORT; BODE_METRICS_PORT for Prometheus), which key opens the secrets (BODE_MASTER_KEY or
 * BODE_MASTER_KEY_FILE) and how much to log (BODE_LOG_LEVEL). With `--apply` a document is applied first;
 * when that fails it ends as `bode apply` would, and serves nothing.
 */
async function serve(invocation: Invocation): Promise<never> {
  demandNoArguments(invocation)
  const { environment, flags, io } = invocation
  const paths = flags.texts('apply')
  const alone = ['env', 'on-drift'].find((name) => flags.text(name) !== undefined)
  if (alone !== undefined && paths.length === 0) throw new Failure('usage', `--${alone} goes with --apply`)
  const choices = choicesOf(flags)
  const [{ startServer }, { createLogger }, { logOutput }, { loadMasterKey }, { systemClock }] = await Promise.all([
    import('../server.ts'),
    import('../../observability/logger.ts'),
    import('../../observability/log-output.ts'),
    import('../../secrets/master-key.ts'),
    import('../../common/clock.ts'),
  ])
  const output = logOutput()
  io.onExit(() => output.flush())
  const logger = createLogger({ level: logLevel(environment), destination: output.destination })
  const masterKey = loadMasterKey(environment)
  const prepare = async (database: Database): Promise<void> => {
    const { applyAtStart } = await import('../apply-at-start.ts')
    await applyAtStart(database, { invocation, paths, choices, masterKey, clock: systemClock, logger })
  }
  const server = await startServer({
    ...listenOptions(environment),
    databaseUrl: databaseUrl(invocation),
    masterKey,
    migrate: !flags.on('no-migrate'),
    clock: systemClock,
    random: Math.random,
    logger,
    process: io.identity,
    environment,
    cwd: io.cwd,
    operate: operateOptions(environment),
    metrics: metricsOptions(environment),
    tracing: tracingOptions(environment),
    ...(paths.length === 0 ? {} : { prepare }),
  })
  // Before it says so: who waits for that line may send a signal at once.
  io.onStop(STOP_WITHIN_MS, async (reason) => {
    logger.info({ reason }, 'stopping')
    await server.stop()
    logger.info('stopped')
  })
  io.onHangup(() => void server.refreshSecrets())
  const { url, operateUrl, metricsUrl } = server
  logger.info(
    {
      url,
      ...(operateUrl === undefined ? {} : { operateUrl }),
      ...(metricsUrl === undefined ? {} : { metricsUrl }),
    },
    'serving',
  )
  return new Promise(() => {})
}
