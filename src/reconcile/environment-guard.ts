import { Failure } from '../common/failure.ts'
import type { DesiredState } from '../config/desired-state.ts'
import type { LastGeneration } from '../db/configuration/generations.ts'

/**
 * Throws Failure `conflict` when a document is of another environment than what its owner last applied
 * here: most likely it is the wrong database. A document without an environment is of the one that is here.
 */
export function demandSameEnvironment(
  states: readonly Pick<DesiredState, 'owner' | 'environment'>[],
  bases: ReadonlyMap<string, LastGeneration>,
): void {
  for (const { owner, environment } of states) {
    const here = bases.get(owner)?.environment ?? undefined
    if (here === undefined || environment === undefined || here === environment) continue
    throw new Failure(
      'conflict',
      `this document of "${owner}" is for the environment "${environment}", and this database has "${here}"; ` +
        'nothing was changed: is it the right database? --switch-environment if it is',
    )
  }
}
