import { hasErrors, type Diagnostic } from '../common/diagnostics.ts'
import { systemClock } from '../common/clock.ts'
import type { Environment } from '../common/environment.ts'
import { Failure } from '../common/failure.ts'
import type { Secret } from '../common/secret.ts'
import type { DesiredSecret, DesiredState } from '../config/desired-state.ts'
import { resolveSecrets } from '../config/resolve.ts'
import type { Choices, Wanted } from '../reconcile/planner.ts'
import { loadMasterKey, loadPlanningKey, type FingerprintKey, type MasterKey } from '../secrets/master-key.ts'
import type { Flags, Invocation, Options } from './command.ts'
import { configurationOf, framedBy, type Framed } from './document.ts'
import { choiceFlag, countFlag } from './flag-values.ts'
import { DATABASE_OPTIONS, DRIFT_OPTIONS, FILE_OPTIONS, WAITING_OPTIONS } from './shared-options.ts'

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
  ...DRIFT_OPTIONS,
  prune: { type: 'string', value: 'owned|none', help: 'over settings.prune of the document; none: delete nothing' },
  'switch-environment': {
    type: 'boolean',
    help: 'let the document be of another environment than what was last applied here',
  },
  secrets: {
    type: 'string',
    value: 'MODE',
    help: 'require: look them up now (default); defer: a plan without them; server: with --server, which looks them up',
  },
  ...WAITING_OPTIONS,
} as const satisfies Options

type Read<K extends FingerprintKey> = { wanted: Wanted<K>; warnings: Diagnostic[]; framed: Framed }

/**
 * Reads the document, the secrets it refers to and the master key. Throws Failure `invalid` or
 * `secret` with every problem at once, before the database is touched. The diagnostics are warnings.
 */
export function readWanted(invocation: Invocation, now: number): Promise<Read<MasterKey>> {
  return read(invocation, now, loadMasterKey)
}

/**
 * The same for a plan, for which a fingerprint key is enough. With `--secrets defer` no secret is looked
 * up.
 */
export function readPlanned(invocation: Invocation, now: number): Promise<Read<FingerprintKey>> {
  return read<FingerprintKey>(invocation, now, loadPlanningKey)
}

/** Looks up the secrets of documents. Throws Failure `secret` with all that are missing. */
export async function lookUp(
  states: readonly DesiredState[],
  { environment, io: { cwd }, progress }: Invocation,
  frame: (diagnostics: Diagnostic[]) => Diagnostic[] = (diagnostics) => diagnostics,
): Promise<{ secrets: ReadonlyMap<DesiredSecret, Secret>; warnings: Diagnostic[] }> {
  progress.step('resolving the secrets')
  const { secrets, diagnostics } = await resolveSecrets(states, { environment, cwd, now: systemClock.now() })
  const warnings = frame(diagnostics)
  if (hasErrors(diagnostics)) {
    throw new Failure('secret', 'not every secret can be resolved; nothing was changed', { diagnostics: warnings })
  }
  return { secrets, warnings }
}

async function read<K extends FingerprintKey>(
  invocation: Invocation,
  now: number,
  loadKey: (environment: Environment) => K,
): Promise<Read<K>> {
  const { flags, environment, progress } = invocation
  const choices = choicesOf(flags)
  const deferred = choiceFlag(flags, 'secrets', ['require', 'defer', 'server']) === 'defer'
  progress.step('reading the configuration')
  const configuration = await configurationOf(invocation)
  const { states, diagnostics, frame } = configuration
  if (hasErrors(diagnostics)) {
    throw new Failure('invalid', 'the configuration has errors; nothing was changed', { diagnostics })
  }
  const masterKey = loadKey(environment)
  const wanted = { ...choices, states, masterKey, now }
  const framed = framedBy(configuration)
  if (deferred) return { wanted: { ...wanted, secrets: new Map(), deferred }, warnings: diagnostics, framed }
  const { secrets, warnings } = await lookUp(states, invocation, frame)
  return { wanted: { ...wanted, secrets }, warnings: [...diagnostics, ...warnings], framed }
}

/**
 * Throws Failure `usage` for a `--secrets` that the command cannot do: only a plan can defer them, only a
 * server looks up its own.
 */
export function demandSecretsMode(flags: Flags, { deferrable }: { deferrable: boolean }): void {
  const mode = choiceFlag(flags, 'secrets', ['require', 'defer', 'server'])
  const remote = flags.text('server') !== undefined
  if (mode === 'server' && !remote) throw new Failure('usage', '--secrets server goes with --server')
  if (remote && mode !== undefined && mode !== 'server') {
    throw new Failure('usage', 'with --server the server looks the secrets up: --secrets server')
  }
  if (mode === 'defer' && !deferrable) {
    throw new Failure('usage', 'an apply needs the secrets; --secrets defer is for bode plan')
  }
}

/** What the flags say about how far to go. Throws Failure `usage`. */
export function choicesOf(flags: Flags): Choices {
  return {
    allowance: { deletes: countFlag(flags, 'allow-deletes'), empty: flags.on('allow-empty') },
    onDrift: choiceFlag(flags, 'on-drift', ['overwrite', 'fail']) ?? 'keep',
    prune: choiceFlag(flags, 'prune', ['owned', 'none']),
    switchEnvironment: flags.on('switch-environment'),
  }
}
