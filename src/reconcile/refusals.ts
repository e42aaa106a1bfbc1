import type { DesiredState } from '../config/desired-state.ts'
import { budgetRefusals, type Allowance } from './budget.ts'
import { secretKey } from './content-hash.ts'
import type { Diff } from './diff.ts'
import { addressOf } from './kinds.ts'
import { credentialsInUse, kanalenInUse } from './live-checks.ts'

/** A caller that used a secret this recently would be locked out by its removal. */
const IN_USE_MS = 24 * 3_600_000

/** Everything for which `apply` will not carry out the plan, in words. Sorted. */
export function refusalsOf(
  diff: Diff,
  { states, allowance, now }: { states: readonly DesiredState[]; allowance: Allowance; now: number },
): string[] {
  return [
    ...(allowance.undoes === true ? [] : [...protectedDeletes(diff), ...secretsInUse(diff, now)]),
    ...kanalenInUse(diff),
    ...credentialsInUse(diff),
    ...states.flatMap((state) => budgetRefusals(state, diff, allowance)),
  ].toSorted()
}

function protectedDeletes({ deleted }: Diff): string[] {
  return deleted
    .filter((object) => object.protected)
    .map(
      (object) =>
        `${addressOf(object)} is protected; apply it once without \`protected: true\`, then it can be deleted`,
    )
}

/** A previous secret that goes, or makes place for another one, while somebody still uses it. */
function secretsInUse({ written }: Diff, now: number): string[] {
  return written.flatMap(({ object, live, target }) => {
    const stays = new Map([...target.secrets, ...target.keptSecrets].map((secret) => [secretKey(secret), secret]))
    const used = (live?.secrets ?? []).filter(
      (secret) => secret.slot === 'previous' && secret.lastUsedAt !== null && secret.lastUsedAt > now - IN_USE_MS,
    )
    return used
      .filter((secret) => stays.get(secretKey(secret))?.fingerprint !== secret.fingerprint)
      .map(
        ({ lastUsedAt }) =>
          `the previous secret of ${addressOf(object)} was last used at ${new Date(lastUsedAt ?? 0).toISOString()}; ` +
          'keep it until its callers have the new one, or give it an expiresAt and remove it after that',
      )
  })
}
