import { hasErrors, type Diagnostic } from '../common/diagnostics.ts'
import { Failure } from '../common/failure.ts'
import { resolveSecrets } from '../config/resolve.ts'
import type { Choices, Wanted } from '../reconcile/planner.ts'
import { loadMasterKey } from '../secrets/master-key.ts'
import type { Flags, Invocation, Options } from './command.ts'
import { configurationOf } from './document.ts'
import { choiceFlag, countFlag } from './flag-values.ts'
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
  'on-drift': {
    type: 'string',
    value: 'overwrite|fail',
    help: 'overwrite: also what a client changed and may (clientMay); fail: exit 5 for any other change from outside',
  },
  prune: { type: 'string', value: 'owned|none', help: 'over settings.prune of the document; none: delete nothing' },
  'switch-environment': {
    type: 'boolean',
    help: 'let the document be of another environment than what was last applied here',
  },
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
  const choices = choicesOf(flags)
  progress.step('reading the configuration')
  const { states, diagnostics, frame } = await configurationOf(invocation)
  if (hasErrors(diagnostics)) {
    throw new Failure('invalid', 'the configuration has errors; nothing was changed', { diagnostics })
  }
  const masterKey = loadMasterKey(environment)
  progress.step('resolving the secrets')
  const { secrets, diagnostics: ofSecrets } = await resolveSecrets(states, { environment, cwd: io.cwd })
  const warnings = [...diagnostics, ...frame(ofSecrets)]
  if (hasErrors(ofSecrets)) {
    throw new Failure('secret', 'not every secret can be resolved; nothing was changed', { diagnostics: warnings })
  }
  return { wanted: { ...choices, states, secrets, masterKey, now }, warnings }
}

/** What the flags say about how far to go. Throws Failure `usage`. */
function choicesOf(flags: Flags): Choices {
  return {
    allowance: { deletes: countFlag(flags, 'allow-deletes'), empty: flags.on('allow-empty') },
    onDrift: choiceFlag(flags, 'on-drift', ['overwrite', 'fail']) ?? 'keep',
    prune: choiceFlag(flags, 'prune', ['owned', 'none']),
    switchEnvironment: flags.on('switch-environment'),
  }
}

export { documentPaths } from './document.ts'
