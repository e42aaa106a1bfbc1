// `npm run test:fuzz -- --requests 50000 [--seed N]`: the fuzz test at length, with its summary.
import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { requests: { type: 'string', default: '50000' }, seed: { type: 'string' } } })
const env = {
  ...process.env,
  BODE_FUZZ_REQUESTS: values.requests,
  ...(values.seed === undefined ? {} : { BODE_FUZZ_SEED: values.seed }),
}
// Without coverage: counting every line takes memory, which is one of the things that are measured.
const args = [
  '--import',
  'tsx',
  'test/run.ts',
  '--disable-coverage',
  '--timeout=7200',
  '--node-arg=--expose-gc',
  'test/fuzz/fuzz.test.ts',
]
const child = spawn(process.execPath, args, { stdio: 'inherit', env })
child.once('exit', (code) => process.exit(code ?? 1))
