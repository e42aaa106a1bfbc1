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
    pipelineUrl: pipelineUrl(environment) ?? null,
    note: note ?? null,
  }
}

/** GitLab gives the URL of the pipeline, GitHub its parts. */
function pipelineUrl(environment: Environment): string | undefined {
  const gitlab = firstSet(environment, ['CI_PIPELINE_URL'])
  const [server, repository, run] = ['GITHUB_SERVER_URL', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID'].map(
    (name) => environment[name],
  )
  return gitlab ?? (server && repository && run ? `${server}/${repository}/actions/runs/${run}` : undefined)
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
