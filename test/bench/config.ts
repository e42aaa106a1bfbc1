import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from '../../src/common/environment.ts'
import { openDatabase, type Database } from '../../src/db/open.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { startPostgres } from '../support/postgres.ts'
import { serve } from '../support/program.ts'
import { runBode, runCode, timeBode, timeEmptyNode, type Run } from './child.ts'
import { benchDocument } from './config-document.ts'
import type { Figure } from './figures.ts'

export type BenchOptions = {
  objects: number
  /** How often everything is measured; the best counts, for whatever else the machine does only adds. */
  repeat: number
  say: (text: string) => void
}

/** A start is short, so noise is large beside it. */
const STARTS_PER_REPEAT = 4
/** How many generations a server is given to see. */
const GENERATIONS_PER_REPEAT = 2
const POLL_MS = 5

/**
 * The figures of configuration as code, each command as a process of its own from its start to its end:
 * nobody waits for less. Baselines are measured between them, so that both sides meet the same machine.
 */
export async function configFigures({ objects, repeat, say }: BenchOptions): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bode-bench-'))
  const postgres = await startPostgres()
  try {
    const large = writeDocument(folder, objects)
    const small = writeDocument(folder, 100)
    const databases: [name: string, url: string][] = [
      ['SQLite', `file:${join(folder, 'bode.db')}`],
      ['PostgreSQL', await postgres.createDatabase('bench')],
    ]
    say(`${objects} objects, ${repeat} times\n`)
    const figures = [
      ...(await startFigures(small, repeat * STARTS_PER_REPEAT)),
      ...(await validateFigures(large, repeat)),
    ]
    for (const [name, url] of databases) {
      say(`${name}\n`)
      const environment = { DATABASE_URL: url, BODE_MASTER_KEY: newMasterKey() }
      await runBode(['db', 'migrate'], environment)
      const first = await runBode(['apply', '-f', large, '--auto-approve', '--format', 'json'], environment)
      const { lockHeldMs } = JSON.parse(first.stdout) as { lockHeldMs: number }
      figures.push(
        { name: `first apply holds the lock, ${name}`, measured: lockHeldMs, unit: 'ms', target: 1_000 },
        memory(`memory of the first apply, ${name}`, [first]),
        ...(await planFigures(name, large, environment, repeat)),
        await generationFigure(name, folder, environment, { objects, times: repeat * GENERATIONS_PER_REPEAT }),
      )
    }
    return figures
  } catch (error) {
    // Before PostgreSQL stops, which may end the process.
    say(`${error instanceof Error ? error.stack : String(error)}\n`)
    throw error
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The document of this size and revision as a file; the first also writes the secrets. */
function writeDocument(folder: string, objects: number, revision = 0): string {
  const secretsFolder = join(folder, 'secrets')
  mkdirSync(secretsFolder, { recursive: true })
  const { text, secrets } = benchDocument(objects, secretsFolder, revision)
  if (revision === 0) for (const [file, value] of secrets) writeFileSync(file, value)
  const file = join(folder, `bode-${objects}-${revision}.yaml`)
  writeFileSync(file, text)
  return file
}

async function startFigures(file: string, times: number): Promise<Figure[]> {
  const [empty, validates] = await interleaved(times, timeEmptyNode, () => timeBode(['validate', '-f', file], {}))
  const name = 'cold validate of 100 objects, to an empty Node'
  return [{ name, measured: best(validates), baseline: best(empty), unit: 'ms', target: 3 }]
}

async function validateFigures(file: string, times: number): Promise<Figure[]> {
  const [parses, validates] = await interleaved(
    times,
    () => parse(file),
    () => runBode(['validate', '-f', file], {}),
  )
  const ratio = { measured: best(validates), baseline: best(parses), unit: 'ms', target: 1.3 } as const
  return [{ name: 'validate, to parseDocument', ...ratio }, memory('memory of validate', validates ?? [])]
}

async function planFigures(name: string, file: string, environment: Environment, times: number): Promise<Figure[]> {
  const [parses, plans] = await interleaved(
    times,
    () => parse(file),
    () => runBode(['plan', '-f', file, '--detailed-exitcode'], environment),
  )
  const ratio = { measured: best(plans), baseline: best(parses), unit: 'ms', target: 1.6 } as const
  return [
    { name: `unchanged plan, to parseDocument, ${name}`, ...ratio },
    memory(`memory of plan, ${name}`, plans ?? []),
  ]
}

/** The time of `parseDocument` alone: neither the start of Node nor the reading of the file counts. */
async function parse(file: string): Promise<Run> {
  const run = await runCode(`
    import { readFileSync } from 'node:fs'
    import { parseDocument } from 'yaml'
    const text = readFileSync(${JSON.stringify(file)}, 'utf8')
    const from = performance.now()
    parseDocument(text)
    process.stdout.write(String(performance.now() - from))`)
  return { ...run, ms: Number(run.stdout) }
}

/** From the commit of an apply until a running server's row says that it uses the generation: the slowest of all. */
async function generationFigure(
  name: string,
  folder: string,
  environment: Environment,
  { objects, times }: { objects: number; times: number },
): Promise<Figure> {
  const url = String(environment['DATABASE_URL'])
  const server = await serve({ teardown: () => {} }, environment)
  const database = await openDatabase(url)
  let slowest = 0
  try {
    for (let revision = 1; revision <= times; revision += 1) {
      const file = writeDocument(folder, objects, revision)
      const applied = runBode(['apply', '-f', file, '--auto-approve', '--wait-for-servers', '0s'], environment)
      const before = await generationOf(database)
      while ((await generationOf(database)) === before) await sleep(POLL_MS)
      const from = performance.now()
      const using = { generation: before + 1, state: 'ok' }
      while ((await database.reader.server.count({ where: using })) === 0) await sleep(POLL_MS)
      slowest = Math.max(slowest, performance.now() - from)
      await applied
    }
  } finally {
    await database.close()
    await server.stop()
  }
  return { name: `a server uses a new generation, ${name}`, measured: slowest, unit: 'ms', target: 1_000 }
}

async function generationOf({ reader }: Database): Promise<number> {
  return (await reader.generation.aggregate({ _max: { number: true } }))._max.number ?? 0
}

function memory(name: string, runs: readonly Run[]): Figure {
  return { name, measured: Math.max(...runs.map(({ peakMb }) => peakMb)), unit: 'MB', target: 600 }
}

async function interleaved(times: number, ...works: (() => Promise<Run>)[]): Promise<Run[][]> {
  const runs = works.map((): Run[] => [])
  for (let time = 0; time < times; time += 1) {
    for (const [index, work] of works.entries()) runs[index]?.push(await work())
  }
  return runs
}

function best(runs: readonly Run[] = []): number {
  return Math.min(...runs.map(({ ms }) => ms))
}
