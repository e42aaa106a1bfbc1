import { text } from 'node:stream/consumers'
import { hasErrors, type Diagnostic } from '../common/diagnostics.ts'
import { Failure } from '../common/failure.ts'
import type { Secret } from '../common/secret.ts'
import type { DesiredSecret, DesiredState } from '../config/desired-state.ts'
import { readConfiguration } from '../config/read-configuration.ts'
import { resolveSecrets } from '../config/resolve.ts'
import type { Wanted } from '../reconcile/planner.ts'
import { loadMasterKey } from '../secrets/master-key.ts'
import type { Invocation, Options } from './command.ts'
import { countFlag } from './flag-values.ts'
import { DATABASE_OPTIONS, FILE_OPTIONS } from './shared-options.ts'

/** What `plan` and `apply` take both. */
export const PLANNING_OPTIONS = {
  ...FILE_OPTIONS,
  ...DATABASE_OPTIONS,
  'allow-deletes': {
    type: 'string',
    value: 'N',
    help: 'let N objects be deleted, whatever the limits of the document',
  },
  'allow-empty': { type: 'boolean', help: 'let a document delete everything that it declared before' },
  'wait-for-db': { type: 'string', value: 'DURATION', help: 'wait for the database to be there and migrated' },
} as const satisfies Options

/**
 * Reads the document, the secrets it refers to and the master key. Throws Failure `invalid` or
 * `secret` with every problem at once, before the database is touched. The diagnostics are warnings.
 */
export async function readWanted(
  invocation: Invocation,
  now: number,
): Promise<{ wanted: Wanted; warnings: Diagnostic[] }> {
  const { flags, environment, io, progress } = invocation
  const allowance = { deletes: countFlag(flags, 'allow-deletes'), empty: flags.on('allow-empty') }
  const stdin = (): Promise<string> => text(io.stdin)
  progress.step('reading the configuration')
  const { states, diagnostics } = await readConfiguration(documentPaths(invocation), {
    cwd: io.cwd,
    environment,
    stdin,
  })
  if (hasErrors(diagnostics)) {
    throw new Failure('invalid', 'the configuration has errors; nothing was changed', { diagnostics })
  }
  const masterKey = loadMasterKey(environment)
  progress.step('resolving the secrets')
  const { secrets, diagnostics: ofSecrets } = await resolveAll(states, invocation)
  const warnings = [...diagnostics, ...ofSecrets]
  if (hasErrors(ofSecrets)) {
    throw new Failure('secret', 'not every secret can be resolved; nothing was changed', { diagnostics: warnings })
  }
  return { wanted: { states, secrets, masterKey, allowance, now }, warnings }
}

/** Where the document is: `--file`, else bode.yaml. */
export function documentPaths({ flags }: Invocation): readonly string[] {
  const paths = flags.texts('file')
  return paths.length > 0 ? paths : ['bode.yaml']
}

async function resolveAll(states: readonly DesiredState[], { environment, io: { cwd } }: Invocation) {
  const resolved = await Promise.all(states.map((state) => resolveSecrets(state, { environment, cwd })))
  return {
    secrets: new Map<DesiredSecret, Secret>(resolved.flatMap(({ secrets }) => [...secrets])),
    diagnostics: resolved.flatMap(({ diagnostics }) => diagnostics),
  }
}
