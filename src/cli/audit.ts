import { userInfo } from 'node:os'
import type { Environment } from '../common/environment.ts'
import type { Audit } from '../reconcile/writes.ts'

/** Variables in which pipelines say who started them, and for which commit. */
const ACTOR_VARIABLES = ['GITLAB_USER_LOGIN', 'GITHUB_ACTOR']
const COMMIT_VARIABLES = ['CI_COMMIT_SHA', 'GITHUB_SHA']

/** Who applies, for the history: the person behind the pipeline, else the user of this machine. */
export function auditFacts(environment: Environment, note: string | undefined): Audit {
  return {
    actor: firstSet(environment, ACTOR_VARIABLES) ?? machineUser(),
    commitSha: firstSet(environment, COMMIT_VARIABLES) ?? null,
    note: note ?? null,
  }
}

function firstSet(environment: Environment, names: readonly string[]): string | undefined {
  return names.map((name) => environment[name]).find((value) => value !== undefined && value !== '')
}

function machineUser(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that has no name.
    return 'unknown'
  }
}
