import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Environment } from '../../src/common/environment.ts'
import { packageRoot } from '../../src/common/package-root.ts'

/** How a program ran, from its start to its end. */
export type Run = {
  /** Wall clock, ms. */
  ms: number
  /** The most memory that it ever held (resident set), MB. */
  peakMb: number
  stdout: string
}

const BIN = join(packageRoot, 'dist/bin.js')
/** Says at its end how much memory it took; the descriptor is one that no program writes to. */
const REPORT = `process.on('exit', () => { fs.writeSync(3, String(process.resourceUsage().maxRSS)) }); import fs from 'node:fs'`
const PRELOAD = ['--import', `data:text/javascript,${encodeURIComponent(REPORT)}`]

/** Runs the built `bode ...args`. Throws when it does not exit 0. */
export function runBode(args: readonly string[], environment: Environment): Promise<Run> {
  return run([...PRELOAD, BIN, ...args], environment)
}

/** Runs `code`, an ES module, with Node. */
export function runCode(code: string): Promise<Run> {
  return run([...PRELOAD, '--input-type=module', '-e', code], {})
}

/** As a user starts them: nothing watches, so only the time is known. */
export function timeBode(args: readonly string[], environment: Environment): Promise<Run> {
  return run([BIN, ...args], environment)
}

/** The start and end of Node with nothing to do. */
export function timeEmptyNode(): Promise<Run> {
  return run(['-e', '0'], {})
}

function run(args: readonly string[], environment: Environment): Promise<Run> {
  const from = performance.now()
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...environment }
  const child = spawn(process.execPath, args, { env, cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  const [stdout, stderr, usage] = [1, 2, 3].map((index) => {
    const collected = { text: '' }
    child.stdio[index]?.on('data', (chunk) => (collected.text += String(chunk)))
    return collected
  })
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      const ms = performance.now() - from
      if (code === 0) resolve({ ms, peakMb: Number(usage?.text) / 1_024, stdout: stdout?.text ?? '' })
      else reject(new Error(`${args.at(-1)}: exit ${code}\n${stderr?.text.slice(0, 2_000)}`))
    })
  })
}
