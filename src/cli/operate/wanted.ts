import { hasErrors, type Diagnostic } from '../../common/diagnostics.ts'
import type { Environment } from '../../common/environment.ts'
import { Failure } from '../../common/failure.ts'
import { readSources } from '../../config/read-sources.ts'
import { resolveSecrets } from '../../config/resolve.ts'
import { sourceOf } from '../../config/source.ts'
import type { OperateRequest } from '../../http/operate/protocol.ts'
import type { Wanted } from '../../reconcile/planner.ts'
import type { MasterKey } from '../../secrets/master-key.ts'
import { framedBy, type Framed } from '../document.ts'
import { forbiddenReferences } from './guard.ts'

export type OperateWorld = {
  masterKey: MasterKey
  /** Of the server: secrets are looked up in it, plain variables are not. */
  environment: Environment
  cwd: string
  secretsDirs: readonly string[]
}

/**
 * Reads what an operator sent, and resolves its references on this machine. Throws Failure `invalid` or
 * `secret` with every problem at once. The diagnostics are warnings;
 * `framed` is for what is done with it.
 */
export async function readRequest(
  { sources, variables, env, allowance, options }: OperateRequest,
  { masterKey, environment, cwd, secretsDirs }: OperateWorld,
  now: number,
): Promise<{ wanted: Wanted; warnings: Diagnostic[]; framed: Framed }> {
  const read = sources.map(({ file, text }) => sourceOf(file, text))
  const configuration = readSources(read, { environment: variables, env })
  const { states, diagnostics, frame } = configuration
  if (hasErrors(diagnostics)) {
    throw new Failure('invalid', 'the configuration has errors; nothing was changed', { diagnostics })
  }
  const forbidden = forbiddenReferences(states, { cwd, secretsDirs })
  if (forbidden.length > 0) {
    const found = [...diagnostics, ...frame(forbidden)]
    throw new Failure('secret', 'the server may not look up every secret; nothing was changed', { diagnostics: found })
  }
  const { secrets, diagnostics: ofSecrets } = await resolveSecrets(states, { environment, cwd, now })
  const warnings = [...diagnostics, ...frame(ofSecrets)]
  if (hasErrors(ofSecrets)) {
    const message = 'not every secret can be resolved; nothing was changed'
    throw new Failure('secret', message, { diagnostics: warnings })
  }
  const { prune, onDrift, switchEnvironment } = options
  const choices = { allowance: { deletes: allowance.deletes, empty: allowance.empty }, onDrift, switchEnvironment }
  const wanted = { ...choices, prune, states, secrets, masterKey, now }
  return { wanted, warnings, framed: framedBy(configuration) }
}
