import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalJson } from '../../src/common/canonical-json.ts'
import type { Environment } from '../../src/common/environment.ts'
import { packageRoot } from '../../src/common/package-root.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { runCli } from '../support/cli.ts'
import { copyDatabase, dropCopy, dumpTables, withoutChance, type Dump } from '../support/dump.ts'

export type ApplyKillOptions = {
  /** A migrated database without a configuration; copies of it are made beside it. */
  databaseUrl: string
  /** Which of the statements (from 1) the process is killed before; default: each. */
  choose?: (statements: readonly string[]) => number[]
  /** How many at a time. */
  parallel?: number
  onKill?: (number: number) => void
}

export type ApplyKillReport = {
  /** What one apply sends to its database, from the first statement to the last. */
  statements: string[]
  /** How many left the state as it was, and how many had carried it out wholly. */
  old: number
  done: number
  /** What was neither, or could not be applied again. Must be none. */
  wrong: string[]
}

/** What is there before: something of every kind, to be kept, changed, renamed and deleted. */
const BEFORE = `apiVersion: bode/v1
kind: Configuration
metadata: { name: gemeente, environment: dev }
externalCredentials:
  ac: { apiRoot: https://ac.example.nl/, clientId: bode, secret: { insecureLiteral: first-secret-of-the-api-at-the-ac } }
autorisaties: { apiRoot: https://ac.example.nl/api/v1/ }
clientCredentials:
  stays: { secret: { insecureLiteral: secret-of-the-client-that-stays-as-it-is } }
  rotates: { secret: { insecureLiteral: secret-of-the-client-before-it-rotates } }
  leaves: { secret: { insecureLiteral: secret-of-the-client-that-leaves-at-last } }
kanalen: { zaken: { filters: [zaaktype] }, besluiten: {}, oud: {} }
abonnementen:
  first: { callbackUrl: https://first.example.nl/, auth: { type: api_key, value: { insecureLiteral: key-of-first } }, kanalen: [{ naam: zaken }] }
  second: { callbackUrl: https://second.example.nl/, auth: { type: no_auth }, kanalen: [{ naam: besluiten }] }
publicUrl: https://notificaties.example.nl
`
const AFTER = BEFORE.replace(
  'rotates: { secret: { insecureLiteral: secret-of-the-client-before-it-rotates } }',
  'rotates: { secret: { insecureLiteral: secret-of-the-client-after-it-rotated }, previousSecret: { insecureLiteral: secret-of-the-client-before-it-rotates, expiresAt: 2099-01-01T00:00:00Z } }',
)
  .replace(/ {2}leaves:.*\n/, '  arrives: { secret: { insecureLiteral: secret-of-the-client-that-arrives-now } }\n')
  .replace('filters: [zaaktype]', 'filters: [zaaktype, bronorganisatie]')
  .replace(', oud: {}', ', nieuw: {}')
  .replace('  first:', '  renamed:')
  .replace(/ {2}second:.*\n/, '')
  .replace('publicUrl: https://notificaties.example.nl', 'tokens: { maxAge: 2h }')
  .concat(
    'moved: [{ kind: abonnement, from: first, to: renamed }]\nsettings: { limits: { maxDeletes: 99, maxDeletePercent: 100 } }\n',
  )

/**
 * Kills a real `bode apply` right before each of its statements and looks what it left: the old state or
 * the new one, wholly, and nothing that keeps the next apply from working.
 */
export async function killEveryStatement(options: ApplyKillOptions): Promise<ApplyKillReport> {
  const { databaseUrl, choose = (all) => all.map((_, index) => index + 1), parallel = 2 } = options
  const folder = mkdtempSync(join(tmpdir(), 'bode-apply-kill-'))
  const environment = { BODE_MASTER_KEY: newMasterKey() }
  const [before, after] = [join(folder, 'before.yaml'), join(folder, 'after.yaml')]
  writeFileSync(before, BEFORE)
  writeFileSync(after, AFTER)
  const copies: string[] = []
  const world: World = {
    after,
    environment,
    copy: async (number) => {
      const copy = await copyDatabase(databaseUrl, number)
      copies.push(copy)
      return copy
    },
    old: {},
    wanted: {},
  }
  try {
    await demandOk(applyTo(databaseUrl, before, environment))
    const record = join(folder, 'statements')
    const reference = await world.copy(0)
    const exit = await applyTrapped(world, reference, { BODE_TEST_RECORD: record })
    if (exit !== 0) throw new Error(`the apply that was to be recorded exits ${exit}`)
    world.old = await dumpTables(databaseUrl)
    world.wanted = withoutChance(await dumpTables(reference))
    const statements = readFileSync(record, 'utf8').trimEnd().split('\n')
    const report: ApplyKillReport = { statements, old: 0, done: 0, wrong: [] }
    const left = choose(statements)
    const worker = async (): Promise<void> => {
      for (let number = left.shift(); number !== undefined; number = left.shift()) {
        const what = `before ${number} (${statements[number - 1]})`
        const result = await killBefore(number, world)
        if (result === 'old' || result === 'done') report[result] += 1
        else report.wrong.push(`${what}: ${result}`)
        options.onKill?.(number)
      }
    }
    await Promise.all(Array.from({ length: parallel }, worker))
    return report
  } finally {
    for (const copy of copies) await dropCopy(copy)
    rmSync(folder, { recursive: true, force: true })
  }
}

type World = {
  /** The document that is applied. */
  after: string
  environment: Environment
  copy: (number: number) => Promise<string>
  /** Before the apply, everything; after it, what two runs have in common. */
  old: Dump
  wanted: Dump
}

async function killBefore(number: number, world: World): Promise<string> {
  const url = await world.copy(number)
  const exit = await applyTrapped(world, url, { BODE_TEST_KILL_BEFORE: String(number) })
  if (exit !== 'SIGKILL') return `it ended with ${exit}`
  const found = await dumpTables(url)
  const state = same(found, world.old) ? 'old' : same(withoutChance(found), world.wanted) ? 'done' : undefined
  if (state === undefined) return `neither old nor new: ${canonicalJson(found)}`
  const again = await applyTo(url, world.after, world.environment)
  if (again.exit !== 0) return `the next apply exits ${again.exit}: ${again.stderr}`
  return same(withoutChance(await dumpTables(url)), world.wanted) ? state : 'the next apply made something else'
}

/** `bode apply` as a process of its own, with the trap in it; its exit code, or the signal that ended it. */
function applyTrapped({ after, environment }: World, url: string, trap: Environment): Promise<number | string> {
  const args = ['--import', join(import.meta.dirname, 'statement-trap.js'), join(packageRoot, 'dist/bin.js')]
  const env = { PATH: process.env['PATH'], NO_COLOR: '1', DATABASE_URL: url, ...environment, ...trap }
  const child = spawn(process.execPath, [...args, 'apply', '-f', after, '--auto-approve'], {
    env,
    cwd: packageRoot,
    stdio: 'ignore',
  })
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code ?? 'nothing')))
}

/** The lock must be free: nobody waits for it. */
function applyTo(url: string, file: string, environment: Environment) {
  return runCli(['apply', '-f', file, '--auto-approve', '--lock-timeout', '5s'], {
    environment: { ...environment, DATABASE_URL: url },
  })
}

async function demandOk(result: ReturnType<typeof applyTo>): Promise<void> {
  const { exit, stdout, stderr } = await result
  if (exit !== 0) throw new Error(`exit ${exit}:\n${stdout}${stderr}`)
}

function same(a: Dump, b: Dump): boolean {
  return canonicalJson(a) === canonicalJson(b)
}
