// The recipes of examples/pipelines, run as far as that goes here: their command lines in their order, by bash, with
// the built program, against a database of the test's own.
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { packageRoot, version } from '../src/common/package-root.ts'
import { newMasterKey } from '../src/secrets/master-key.ts'
import { freshDatabaseUrl } from './support/databases.ts'
import { bode, serve } from './support/program.ts'

const RECIPES = join(packageRoot, 'examples/pipelines')
const recipe = (path: string): string => readFileSync(join(RECIPES, path), 'utf8')
const OPEN_ZAAK_SECRET = 'a-secret-of-open-zaak-that-is-long-enough'

type Result = { exit: number; stdout: string; stderr: string }
type Environment = Record<string, string>

/** A checkout with bode.yaml and a `bode` on the PATH. */
function checkout(t: Test): { folder: string; sh: (line: string, environment: Environment) => Promise<Result> } {
  const folder = t.testdir({})
  const bin = join(folder, '.bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'bode'), `#!/bin/sh\nexec '${process.execPath}' '${packageRoot}/dist/bin.js' "$@"\n`, {
    mode: 0o755,
  })
  cpSync(join(RECIPES, 'bode.yaml'), join(folder, 'bode.yaml'))
  const sh = (line: string, environment: Environment): Promise<Result> =>
    new Promise((resolve) => {
      const env = { HOME: folder, NO_COLOR: '1', PATH: `${bin}:${process.env['PATH']}`, ...environment }
      execFile('bash', ['-euc', line], { cwd: folder, env }, (error, stdout, stderr) =>
        resolve({ exit: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr }),
      )
    })
  return { folder, sh }
}

const json = (folder: string, file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'))
const isBode = (line: string): boolean => line.startsWith('bode ')

type GitlabJob = { stage: string; script: string[]; artifacts?: { paths?: string[]; reports?: Record<string, string> } }

void t.test('GitLab: findings, plan and apply', async (t) => {
  const pipeline = parse(recipe('gitlab/.gitlab-ci.yml')) as Record<string, GitlabJob> & { stages: string[] }
  const jobs = pipeline.stages.map((stage) => pipeline[`bode:${stage}`]!)
  t.strictSame(
    jobs.map(({ stage }) => stage),
    ['validate', 'plan', 'apply'],
  )
  t.match(pipeline['bode:apply'], { needs: ['bode:plan'], resource_group: /./, rules: [{ when: 'manual' }] })

  const { folder, sh } = checkout(t)
  const [master, url] = [newMasterKey(), await freshDatabaseUrl(t, 'sqlite')]
  const fingerprint = (await bode(['secrets', 'key', '--fingerprint'], { BODE_MASTER_KEY: master })).stdout.trim()
  const review = { DATABASE_URL: url, OPEN_ZAAK_SECRET, BODE_FINGERPRINT_KEY: fingerprint }
  const production = { DATABASE_URL: url, OPEN_ZAAK_SECRET, BODE_MASTER_KEY: master }
  const [validate, plan, apply] = jobs.map(({ script }) => script.filter(isBode).join('\n'))
  t.match(await sh(validate!, {}), { exit: 0 })
  t.strictSame(json(folder, jobs[0]!.artifacts!.reports!['codequality']!), [])
  t.match(await sh(plan!, review), { exit: 0 })
  t.strictSame(json(folder, jobs[1]!.artifacts!.reports!['terraform']!), { create: 2, update: 0, delete: 0 })
  for (const file of jobs[1]!.artifacts!.paths!) t.notMatch(readFileSync(join(folder, file), 'utf8'), OPEN_ZAAK_SECRET)
  t.match(await sh(apply!, production), { exit: 0, stdout: /Applied generation 1/ })
  t.match(readFileSync(join(folder, 'apply.md'), 'utf8'), /^### bode apply: 2 to create/)

  t.match(await sh(apply!, production), { exit: 5 }, 'a plan is carried out once')
  t.match(await sh(plan!, review), { exit: 0 })
  t.strictSame(json(folder, 'terraform.json'), { create: 0, update: 0, delete: 0 })
  writeFileSync(join(folder, 'bode.yaml'), `${recipe('bode.yaml')}nonsense: 1\n`)
  t.match(await sh(validate!, {}), { exit: 3 })
  t.match(json(folder, 'gl-code-quality.json'), [{ check_name: 'schema/unknown-key', location: { path: 'bode.yaml' } }])
})

type Step = { run?: string; uses?: string; env?: Environment }

void t.test('GitHub: annotations, summary and apply, each step with only the secrets that it names', async (t) => {
  const workflow = parse(recipe('github/bode.yml')) as { jobs: Record<string, { steps: Step[]; needs?: string }> }
  t.match(workflow, { on: { pull_request: null, push: { branches: ['main'] } }, permissions: { contents: 'read' } })
  t.match(workflow.jobs['apply'], {
    needs: 'plan',
    environment: 'production',
    concurrency: { 'cancel-in-progress': false },
  })

  const { folder, sh } = checkout(t)
  const master = newMasterKey()
  const secrets: Environment = {
    DATABASE_URL: await freshDatabaseUrl(t, 'sqlite'),
    BODE_MASTER_KEY: master,
    BODE_FINGERPRINT_KEY: (await bode(['secrets', 'key', '--fingerprint'], { BODE_MASTER_KEY: master })).stdout.trim(),
    OPEN_ZAAK_SECRET,
  }
  const run = (step: Step): Promise<Result> => {
    const given = Object.entries(step.env ?? {}).map(([name, value]) => [
      name,
      secrets[/secrets\.(\w+)/.exec(value)![1]!]!,
    ])
    return sh(step.run!, { GITHUB_STEP_SUMMARY: join(folder, 'summary.md'), ...Object.fromEntries(given) })
  }
  const [validate, plan] = workflow.jobs['plan']!.steps.filter(({ run = '' }) => isBode(run))
  const apply = workflow.jobs['apply']!.steps.find(({ run = '' }) => isBode(run))
  t.match(await run(validate!), { exit: 0, stdout: /^::stop-commands::/ })
  t.match(await run(plan!), { exit: 0 })
  t.match(readFileSync(join(folder, 'summary.md'), 'utf8'), /^### bode plan: 2 to create/)
  t.match(await run(apply!), { exit: 0 })
  t.match(readFileSync(join(folder, 'summary.md'), 'utf8'), /^### bode apply: 2 to create/)
  writeFileSync(join(folder, 'bode.yaml'), `${recipe('bode.yaml')}nonsense: 1\n`)
  t.match(await run(validate!), { exit: 3, stdout: /^::error file=bode\.yaml,line=\d+,col=1,/ })
})

/** What a container gets: its arguments, with the folders of the container in place of its own. */
type Container = { args: string[]; environment: Environment }

/** Migrates, applies and serves with the containers of a recipe, then asks the server whether it is ready. */
async function rollOut(t: Test, containers: readonly Container[], folder: string, url: string): Promise<void> {
  // YAML may have read a port as a number.
  const place = (text: string | number): string =>
    String(text)
      .replaceAll('/config/', `${folder}/`)
      .replaceAll(/\/run\/secrets(\/bode)?\//g, `${folder}/`)
  writeFileSync(join(folder, 'database-url'), url)
  writeFileSync(join(folder, 'master-key'), newMasterKey())
  writeFileSync(join(folder, 'open-zaak'), OPEN_ZAAK_SECRET)
  const own = ({ environment }: Container): Environment =>
    Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, place(value)]))
  const [server, ...jobs] = containers.toReversed()
  for (const job of jobs.toReversed()) {
    const { exit, stdout, stderr } = await bode(job.args.map(place), own(job), folder)
    t.equal(exit, 0, `${job.args.join(' ')}\n${stdout}${stderr}`)
  }
  t.equal(server!.args[0], 'serve')
  const { url: address } = await serve(
    t,
    { ...own(server!), BODE_HTTP_HOST: '127.0.0.1', BODE_HTTP_PORT: '0' },
    server!.args.slice(1),
  )
  t.equal((await fetch(`${address}/readyz`)).status, 200)
}

type Service = { command: string[]; environment: Environment; depends_on?: Record<string, { condition: string }> }

void t.test('docker compose: migrate, apply and serve in the order of their dependencies', async (t) => {
  const { services, secrets } = parse(recipe('compose/compose.yaml'), { merge: true }) as {
    services: Record<string, Service>
    secrets: Record<string, unknown>
  }
  const after = (name: string): string[] => Object.keys(services[name]?.depends_on ?? {})
  t.strictSame([after('bode'), after('apply'), after('migrate')], [['apply'], ['migrate'], ['database']])
  t.equal(services['bode']!.depends_on!['apply']!.condition, 'service_completed_successfully')
  t.hasProps(secrets, ['database-url', 'master-key', 'open-zaak'])
  const folder = t.testdir({ 'bode.yaml': recipe('bode.yaml') })
  const containers = ['migrate', 'apply', 'bode'].map((name) => ({
    args: services[name]!.command.map(String),
    environment: services[name]!.environment,
  }))
  await rollOut(t, containers, folder, `file:${join(folder, 'bode.db')}`)
})

type PodSpec = {
  initContainers?: K8sContainer[]
  containers: K8sContainer[]
  volumes: { name: string; configMap?: { name: string } }[]
}
type K8sContainer = {
  image: string
  args: string[]
  env: { name: string; value: string }[]
  volumeMounts: { name: string }[]
}
type Resource = {
  kind: string
  metadata: { name: string }
  data?: Record<string, string>
  spec: { template: { spec: PodSpec } }
}

const kubectl = spawnSync('kubectl', ['kustomize', '--help']).status === 0

for (const variant of ['job', 'init-container']) {
  void t.test(`Kubernetes: ${variant}`, { skip: !kubectl && 'kubectl is not installed here' }, async (t) => {
    const built = execFileSync('kubectl', ['kustomize', join(RECIPES, 'kubernetes', variant)], { encoding: 'utf8' })
    const resources = parseAllDocuments(built).map((document) => document.toJS() as Resource)
    const find = (kind: string): Resource => resources.find((resource) => resource.kind === kind)!
    const pods = resources.filter(({ spec }) => spec?.template !== undefined).map(({ spec }) => spec.template.spec)
    const configuration = find('ConfigMap')
    for (const { containers, initContainers = [], volumes } of pods) {
      for (const { image, volumeMounts } of [...initContainers, ...containers]) {
        t.equal(image, `registry.example.nl/bode:${version}`)
        for (const { name } of volumeMounts)
          t.ok(
            volumes.some((volume) => volume.name === name),
            name,
          )
      }
      for (const { configMap } of volumes)
        if (configMap !== undefined) t.equal(configMap.name, configuration.metadata.name)
    }
    const steps = [...(variant === 'job' ? [find('Job')] : []), find('Deployment')]
    const folder = t.testdir({ 'bode.yaml': configuration.data!['bode.yaml']! })
    // The document names the file of its secret where the pod has it.
    const document = readFileSync(join(folder, 'bode.yaml'), 'utf8').replace('/run/secrets/bode/', `${folder}/`)
    rmSync(join(folder, 'bode.yaml'))
    writeFileSync(join(folder, 'bode.yaml'), document)
    const containers = steps
      .map(({ spec }) => spec.template.spec)
      .flatMap(({ initContainers = [], containers }) => [...initContainers, ...containers])
      .map(({ args, env }) => ({ args, environment: Object.fromEntries(env.map(({ name, value }) => [name, value])) }))
    t.strictSame(
      containers.map(({ args }) => args[0]),
      ['db', 'apply', 'serve'],
    )
    await rollOut(t, containers, folder, `file:${join(folder, 'bode.db')}`)
  })
}

void t.test('every recipe installs the version that it was tested with', async (t) => {
  for (const file of [
    'gitlab/.gitlab-ci.yml',
    'github/bode.yml',
    'compose/compose.yaml',
    'kubernetes/job/kustomization.yaml',
  ]) {
    const versions = [...recipe(file).matchAll(/@bode-notificaties\/bode@([\w.-]+)/g)].map(([, found]) => found)
    t.strictSame(
      [...new Set(versions)].map((found) => found?.replace(/"$/, '')),
      [version],
      file,
    )
  }
})
