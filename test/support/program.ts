import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import type { Environment } from '../../src/common/environment.ts'
import { packageRoot } from '../../src/common/package-root.ts'

/** The built program, as users run it. */
const BIN = join(packageRoot, 'dist/bin.js')

export type ProgramResult = { exit: number; stdout: string; stderr: string }

/** Runs `bode ...args` as a child process to its end. */
export function bode(args: readonly string[], environment: Environment, cwd = packageRoot): Promise<ProgramResult> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], { env: childEnvironment(environment), cwd }, (error, stdout, stderr) => {
      resolve({ exit: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr })
    })
  })
}

/** Makes the database of `environment` and applies `document`, which is written into `folder`. */
export async function applyDocument(document: string, folder: string, environment: Environment): Promise<void> {
  const file = join(folder, 'bode.yaml')
  writeFileSync(file, document)
  for (const args of [
    ['db', 'migrate'],
    ['apply', '-f', file, '--auto-approve'],
  ]) {
    const { exit, stdout, stderr } = await bode(args, environment)
    if (exit !== 0) throw new Error(`bode ${args.join(' ')} exits ${exit}:\n${stdout}${stderr}`)
  }
}

/** Runs `bode ...args` and sends it `signal` once it has written `marker` to stderr. */
export function signalledBode(
  args: readonly string[],
  environment: Environment,
  cwd: string,
  { marker, signal }: { marker: string; signal: 'SIGINT' | 'SIGTERM' },
): Promise<ProgramResult> {
  const child = spawn(process.execPath, [BIN, ...args], { env: childEnvironment(environment), cwd })
  const result = { exit: -1, stdout: '', stderr: '' }
  let sent = false
  child.stdout.on('data', (chunk) => (result.stdout += String(chunk)))
  child.stderr.on('data', (chunk) => {
    result.stderr += String(chunk)
    if (!sent && result.stderr.includes(marker)) sent = child.kill(signal)
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...result, exit: code ?? -1 })))
}

export type ServedProgram = {
  url: string
  child: ChildProcess
  /** Everything it wrote so far. */
  output(): string
  /** Asks it to stop and waits; its exit code. */
  stop(): Promise<number | null>
}

/** Starts `bode serve` on a free port of 127.0.0.1 and waits until it listens. */
export async function serve(
  t: Pick<Test, 'teardown'>,
  environment: Environment,
  args: readonly string[] = [],
): Promise<ServedProgram> {
  const child = spawn(process.execPath, [BIN, 'serve', ...args], {
    env: childEnvironment({ BODE_HTTP_HOST: '127.0.0.1', BODE_HTTP_PORT: '0', ...environment }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let output = ''
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const stop = (): Promise<number | null> => {
    child.kill('SIGTERM')
    return ended
  }
  t.teardown(stop)
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`
      const { msg, url } = JSON.parse(line) as { msg?: string; url?: string }
      if (msg === 'serving' && url !== undefined) resolve(url)
    })
    void ended.then((code) => reject(new Error(`bode serve ended with ${code}:\n${output}`)))
  })
  return { url, child, output: () => output, stop }
}

/** Nothing of the developer's own environment but what a program needs to start. */
function childEnvironment(environment: Environment): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...environment }
}
