import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from '../../src/common/environment.ts'
import { openDatabase, type Database } from '../../src/db/open.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import type { Part } from './bench.ts'
import { runBode, runCode, timeBode, timeEmptyNode, type Run } from './child.ts'
import { benchDocument } from './config-document.ts'
import type { Figure } from './figures.ts'
import type { Provider } from './support/databases.ts'
import { served } from './support/served.ts'

/** A start is short, so noise is large beside it. */
const STARTS_PER_RUN = 4
/** How many generations a server is given to see. */
const GENERATIONS_PER_RUN = 1
const POLL_MS = 5

/**
 * P12: the figures of configuration as code, each command as a process of its own from its start to its end: nobody
 * waits for less. The best of the runs counts, for whatever else the machine does only adds.
 */
export const config: Part = async ({ databases, runs, objects, say }) => {
  const { folder } = databases
  const large = writeDocument(folder, objects)
  const small = writeDocument(folder, 100)
  say(`config, ${objects} objects\n`)
  const figures = [...(await startFigures(small, runs * STARTS_PER_RUN)), ...(await validateFigures(large, runs))]
  for (const provider of databases.providers) {
    say(`config, ${provider}\n`)
    const environment = { DATABASE_URL: await databases.create(provider), BODE_MASTER_KEY: newMasterKey() }
    await runBode(['db', 'migrate'], environment)
    const first = await runBode(['apply', '-f', large, '--auto-approve', '--format', 'json'], environment)
    const { lockHeldMs } = JSON.parse(first.stdout) as { lockHeldMs: number }
    figures.push(
      {
        id: 'P12',
        name: 'first apply holds the lock',
        database: provider,
        unit: 'ms',
        runs: [lockHeldMs],
        target: { atMost: 1_000 },
      },
      { ...memory('memory of the first apply', [first]), database: provider },
      ...(await planFigures(provider, large, environment, runs)),
      await generationFigure(provider, folder, environment, { objects, times: runs * GENERATIONS_PER_RUN }),
    )
  }
  return figures
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
  return [{ ...besides('cold validate of 100 objects', 'empty Node', validates, empty), target: { atMost: 3 } }]
}

async function validateFigures(file: string, times: number): Promise<Figure[]> {
  const [parses, validates] = await interleaved(
    times,
    () => parse(file),
    () => runBode(['validate', '-f', file], {}),
  )
  return [
    { ...besides('validate', 'parseDocument', validates, parses), target: { atMost: 1.3 } },
    memory('memory of validate', validates),
  ]
}

async function planFigures(
  database: Provider,
  file: string,
  environment: Environment,
  times: number,
): Promise<Figure[]> {
  const [parses, plans] = await interleaved(
    times,
    () => parse(file),
    () => runBode(['plan', '-f', file, '--detailed-exitcode'], environment),
  )
  return [
    { ...besides('unchanged plan', 'parseDocument', plans, parses), database, target: { atMost: 1.6 } },
    { ...memory('memory of plan', plans), database },
  ]
}

function besides(name: string, baseline: string, runs: readonly Run[] = [], others: readonly Run[] = []): Figure {
  const [ours, theirs] = [runs, others].map((side) => side.map(({ ms }) => ms)) as [number[], number[]]
  return { id: 'P12', name, unit: 'ms', runs: ours, baseline: { name: baseline, runs: theirs }, counts: 'least' }
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
  provider: Provider,
  folder: string,
  environment: Environment & { DATABASE_URL: string },
  { objects, times }: { objects: number; times: number },
): Promise<Figure> {
  const databaseUrl = environment.DATABASE_URL
  const server = await served({ environment, databaseUrl, folder })
  const database = await openDatabase(databaseUrl)
  const took: number[] = []
  try {
    for (let revision = 1; revision <= times; revision += 1) {
      const file = writeDocument(folder, objects, revision)
      const applied = runBode(['apply', '-f', file, '--auto-approve', '--wait-for-servers', '0s'], environment)
      const before = await generationOf(database)
      while ((await generationOf(database)) === before) await sleep(POLL_MS)
      const from = performance.now()
      const using = { generation: before + 1, state: 'ok' }
      while ((await database.reader.server.count({ where: using })) === 0) await sleep(POLL_MS)
      took.push(performance.now() - from)
      await applied
    }
  } finally {
    await database.close()
    await server.stop()
  }
  const figure = { id: 'P12', name: 'a server uses a new generation', database: provider, unit: 'ms' } as const
  return { ...figure, runs: took, counts: 'most', target: { atMost: 1_000 } }
}

async function generationOf({ reader }: Database): Promise<number> {
  return (await reader.generation.aggregate({ _max: { number: true } }))._max.number ?? 0
}

function memory(name: string, runs: readonly Run[] = []): Figure {
  const peaks = runs.map(({ peakMb }) => peakMb)
  return { id: 'P12', name, unit: 'MB', runs: peaks, counts: 'most', target: { atMost: 600 } }
}

async function interleaved(times: number, ...works: (() => Promise<Run>)[]): Promise<Run[][]> {
  const runs = works.map((): Run[] => [])
  for (let time = 0; time < times; time += 1) {
    for (const [index, work] of works.entries()) runs[index]?.push(await work())
  }
  return runs
}
