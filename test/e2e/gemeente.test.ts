// The life of a configuration in a municipality: examples/gemeente, two environments, from `init` to `rollback`, on
// both databases. What a pipeline runs is the built program; the rest runs in this process.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { packageRoot } from '../../src/common/package-root.ts'
import { openDatabase } from '../../src/db/open.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { canary, leakIn } from '../support/canary.ts'
import { runCli } from '../support/cli.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { bode as program } from '../support/program.ts'

t.setTimeout(240_000)

type Result = { exit: number; stdout: string; stderr: string }

/** A folder to work in, and the command line on one database; nothing that it says may hold a secret. */
function municipality(t: Test, folder: string, url: string) {
  const environment = {
    DATABASE_URL: url,
    BODE_MASTER_KEY: newMasterKey(),
    OPEN_ZAAK_SECRET: canary('open-zaak'),
    ZAC_SECRET: canary('zac'),
    ...Object.fromEntries(VARIABLES.map((name) => [name, canary(name.toLowerCase())])),
  }
  const checked = (result: Result): Result => {
    t.equal(leakIn(result.stdout + result.stderr), undefined)
    return result
  }
  return {
    /** As a pipeline runs it. */
    pipeline: async (...args: string[]) => checked(await program(args, environment, folder)),
    bode: async (...args: string[]) => checked(await runCli(args, { environment, cwd: folder })),
    json: async (...args: string[]): Promise<Record<string, unknown>> => {
      const { stdout } = checked(await runCli([...args, '--format', 'json'], { environment, cwd: folder }))
      return JSON.parse(stdout) as Record<string, unknown>
    },
  }
}

const EXAMPLE = join(packageRoot, 'examples/gemeente')
const TEXTS = readdirSync(EXAMPLE)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => readFileSync(join(EXAMPLE, file), 'utf8'))
const VARIABLES = TEXTS.flatMap((text) => [...text.matchAll(/env: ([A-Z_]+)/g)].map(([, name]) => String(name)))

/** Puts the example into `folder`, with a file for every secret that it takes from one. */
function settle(folder: string): void {
  const secrets = join(folder, '.secrets')
  mkdirSync(secrets)
  cpSync(EXAMPLE, folder, { recursive: true })
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8').replaceAll(/\/run\/secrets\/([\w-]+)/g, (_, name: string) => {
      writeFileSync(join(secrets, name), canary(name))
      return join(secrets, name)
    })
    writeFileSync(path, text)
  }
}

function edit(folder: string, file: string, change: (text: string) => string): void {
  const path = join(folder, file)
  const before = readFileSync(path, 'utf8')
  const after = change(before)
  if (after === before) throw new Error(`${file} is as it was`)
  writeFileSync(path, after)
}

onEachDatabase(t, 'a configuration from init to rollback', async (t, url, provider) => {
  const folder = t.testdir({})
  const { bode, pipeline, json } = municipality(t, folder, url)

  t.match(await bode('init', '.', '--name', 'gemeente-voorbeeld'), { exit: 0 })
  t.match(await bode('validate'), { exit: 0, stdout: /valid: gemeente-voorbeeld/ })
  rmSync(join(folder, 'bode.yaml'))
  settle(folder)

  t.match(await pipeline('validate', '-f', '.', '--env', 'test'), {
    exit: 0,
    stdout: /20 objects in 6 files; no errors/,
  })
  t.match(await pipeline('validate', '-f', '.', '--env', 'production'), { exit: 0, stdout: /19 objects in 6 files/ })

  const test = ['-f', '.', '--env', 'test']
  t.match(await pipeline('plan', ...test, '--detailed-exitcode'), { exit: 2, stdout: /20 to create, 0 to update/ })
  t.match(await pipeline('apply', ...test, '--auto-approve', '--note', 'first'), { exit: 0, stdout: /generation 1/ })
  t.match(await pipeline('plan', ...test, '--detailed-exitcode'), { exit: 0, stdout: /No changes\. 20 objects/ })
  t.match(await bode('plan', '-f', '.', '--env', 'production'), { exit: 5, stderr: /is it the right database/ })
  const first = await json('export')
  const digest = await digestOf(url)

  await t.test('an edit: a filter more, and another name', async (t) => {
    edit(folder, 'kanalen.yaml', (text) => text.replace('filters: [objectType]', 'filters: [objectType, status]'))
    edit(folder, 'abonnementen.yaml', (text) =>
      text
        .replace('  datalake:', '  datameer:')
        .concat('\nmoved:\n  - { kind: abonnement, from: datalake, to: datameer }\n'),
    )
    const before = await idOf(url, 'datalake')
    t.match(await pipeline('plan', ...test), { exit: 0, stdout: /0 to create, 2 to update, 0 to delete/ })
    t.match(await pipeline('apply', ...test, '--auto-approve'), { exit: 0, stdout: /generation 2/ })
    t.equal(await idOf(url, 'datameer'), before, 'the same abonnement')
  })

  await t.test('a change from outside: drift, which the plan tells apart', async (t) => {
    t.match(await bode('drift'), { exit: 0 })
    const database = await openDatabase(url)
    await database.transaction(
      (tx) => tx.$executeRaw`
        UPDATE abonnement SET callback_url = 'https://elsewhere.example.nl/', updated_by = 'somebody'
        WHERE name = 'archief'`,
    )
    await database.close()
    t.match(await bode('drift'), { exit: 2, stdout: /archief[^]*elsewhere\.example\.nl[^]*/ })
    t.match(await json('drift'), { drift: [{ address: 'abonnementen.archief', changedBy: 'somebody' }] })
    t.match(await json('plan', ...test), { summary: { update: 1 }, drift: [{ address: 'abonnementen.archief' }] })
    t.match(await bode('apply', ...test, '--auto-approve', '--on-drift', 'fail'), { exit: 5 })
  })

  await t.test('a rollback: everything is as it was at first, secrets included', async (t) => {
    t.match(await pipeline('rollback', '1', '--auto-approve', '--note', 'too soon'), {
      exit: 0,
      stdout: /generation 3/,
    })
    t.strictSame(await json('export'), first)
    t.equal(await digestOf(url), digest)
    t.match(await bode('drift'), { exit: 0 })
    t.match(await json('history'), {
      generations: [{ number: 3, operation: 'rollback', restores: 1 }, { number: 2 }, { number: 1, note: 'first' }],
    })
  })

  await t.test('the other environment, on a database of its own', async (t) => {
    const production = municipality(t, folder, await freshDatabaseUrl(t, provider))
    const options = ['-f', '.', '--env', 'production']
    t.match(await production.pipeline('apply', ...options, '--auto-approve'), { exit: 0, stdout: /19 to create/ })
    edit(folder, 'abonnementen.yaml', (text) => text.replace(/ {2}archief:\n(?: {4,}.*\n)+/, ''))
    edit(folder, 'env/production.yaml', (text) => text.replace('    archief: { protected: true }\n', ''))
    t.match(await production.bode('plan', ...options), { exit: 0, stdout: /archief[^]*protected/ })
    t.match(await production.bode('apply', ...options, '--auto-approve'), { exit: 6, stderr: /protected/ })
  })
})

async function digestOf(url: string): Promise<string | undefined> {
  const database = await openDatabase(url)
  const last = await database.reader.generation.findFirst({ orderBy: { number: 'desc' } })
  await database.close()
  return last?.digest
}

async function idOf(url: string, name: string): Promise<string | undefined> {
  const database = await openDatabase(url)
  const found = await database.reader.abonnement.findFirst({ where: { name } })
  await database.close()
  return found?.id
}
