import t from 'tap'
import { auditFacts } from '../../src/cli/audit.ts'

const GITLAB = {
  GITLAB_USER_LOGIN: 'jan',
  CI_COMMIT_SHA: '9c1e2ab',
  CI_PIPELINE_URL: 'https://gitlab.example.nl/gemeente/config/-/pipelines/7',
}
const GITHUB = {
  GITHUB_ACTOR: 'piet',
  GITHUB_SHA: '0a1b2c3',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'gemeente/config',
  GITHUB_RUN_ID: '42',
}

void t.test('the history learns from the pipeline who applies what, and where to look', async (t) => {
  t.strictSame(auditFacts(GITLAB, 'why'), {
    actor: 'jan',
    commitSha: '9c1e2ab',
    pipelineUrl: GITLAB.CI_PIPELINE_URL,
    note: 'why',
  })
  t.match(auditFacts(GITHUB, undefined), {
    actor: 'piet',
    commitSha: '0a1b2c3',
    pipelineUrl: 'https://github.com/gemeente/config/actions/runs/42',
    note: null,
  })
})

void t.test('half of a pipeline is none', async (t) => {
  const { GITHUB_RUN_ID: _run, ...half } = GITHUB
  t.equal(auditFacts(half, undefined).pipelineUrl, null)
  t.match(auditFacts({}, undefined), { actor: /./, commitSha: null, pipelineUrl: null })
})
