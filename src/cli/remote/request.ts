import { text } from 'node:stream/consumers'
import { hasErrors } from '../../common/diagnostics.ts'
import type { Environment } from '../../common/environment.ts'
import { Failure } from '../../common/failure.ts'
import { loadConfiguration } from '../../config/load-configuration.ts'
import { readSources } from '../../config/read-sources.ts'
import { OPERATE_FORMAT, type OperateRequest } from '../../http/operate/protocol.ts'
import { auditFacts } from '../audit.ts'
import type { Invocation } from '../command.ts'
import { documentPaths } from '../document.ts'
import { choiceFlag } from '../flag-values.ts'
import { choicesOf } from '../wanted.ts'

export type Times = { lockTimeoutMs: number; waitForServersMs: number }

/**
 * Reads and checks the document here, as far as that goes without secrets, and makes of it what a server
 * is asked. Throws Failure `invalid` with every error.
 */
export async function makeRequest(invocation: Invocation, times: Times): Promise<OperateRequest> {
  const { flags, io, environment, progress } = invocation
  const { allowance, prune, onDrift = 'keep', switchEnvironment = false } = choicesOf(flags)
  const onNack = choiceFlag(flags, 'on-nack', ['rollback', 'keep'])
  progress.step('reading the configuration')
  const recorded = recordedVariables(environment)
  const stdin = (): Promise<string> => text(io.stdin)
  const loading = { cwd: io.cwd, environment: recorded.environment, stdin, env: flags.text('env') }
  const { sources, diagnostics: ofLoading, env } = await loadConfiguration(documentPaths(invocation), loading)
  const { diagnostics } = readSources(sources, {
    environment: recorded.environment,
    env,
    cwd: io.cwd,
    diagnostics: ofLoading,
  })
  if (hasErrors(diagnostics)) {
    throw new Failure('invalid', 'the configuration has errors; nothing was changed', { diagnostics })
  }
  const { note, ...audit } = auditFacts(environment, flags.text('note'))
  return {
    format: OPERATE_FORMAT,
    sources: sources.map(({ file, text: content }) => ({ file, text: content })),
    variables: recorded.used(),
    ...(env === undefined ? {} : { env }),
    allowance: {
      ...(allowance.deletes === undefined ? {} : { deletes: allowance.deletes }),
      empty: allowance.empty,
    },
    options: {
      ...(prune === undefined ? {} : { prune }),
      onDrift,
      switchEnvironment,
      dryRun: flags.on('dry-run'),
      ...(onNack === undefined ? {} : { onNack }),
      ...(note === null ? {} : { note }),
      ...times,
    },
    audit,
  }
}

/** An environment that remembers which of its variables were asked for: only those are anybody's business. */
function recordedVariables(environment: Environment): {
  environment: Environment
  used: () => Record<string, string>
} {
  const names = new Set<string>()
  const recorder = new Proxy(environment, {
    get: (target, name) => {
      if (typeof name === 'string') names.add(name)
      return Reflect.get(target, name) as unknown
    },
  })
  return {
    environment: recorder,
    used: () =>
      Object.fromEntries(
        [...names].toSorted().flatMap((name) => {
          const value = Object.hasOwn(environment, name) ? environment[name] : undefined
          return value === undefined ? [] : [[name, value]]
        }),
      ),
  }
}
