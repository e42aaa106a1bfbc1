import { spawnSync } from 'node:child_process'
import t from 'tap'
import { createProgress, type ProgressOptions } from '../../src/cli/progress.ts'
import { packageRoot } from '../../src/common/package-root.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { runCli } from '../support/cli.ts'

/** Progress on a clock that the test turns; `work` says what happens at which millisecond. */
function written(options: Pick<ProgressOptions, 'mode' | 'columns'>, work: [number, string | null][]): string {
  let text = ''
  let time = 0
  const progress = createProgress({ ...options, write: (more) => (text += more), now: () => time })
  for (const [at, what] of work) {
    time = at
    if (what === null) progress.clear()
    else progress.step(what)
  }
  progress.clear()
  return text
}

void t.test('what takes less than a second says nothing', async (t) => {
  for (const mode of ['line', 'lines'] as const)
    t.equal(
      written({ mode }, [
        [0, 'one'],
        [999, 'two'],
      ]),
      '',
    )
})

void t.test('one line is rewritten, and gone at the end', async (t) => {
  const clear = '\r\u001B[2K'
  t.equal(
    written({ mode: 'line' }, [
      [0, 'one'],
      [1_000, 'two'],
      [1_500, 'two'],
      [2_000, 'three'],
    ]),
    `${clear}two ...${clear}three ...${clear}`,
  )
})

void t.test('a line is never as wide as the terminal', async (t) => {
  t.equal(
    written({ mode: 'line', columns: 12 }, [[1_000, 'reading the configuration']]),
    '\r\u001B[2Kreading th\u2026\r\u001B[2K',
  )
})

void t.test('plain lines have no control characters', async (t) => {
  t.equal(
    written({ mode: 'lines' }, [
      [1_000, 'one'],
      [1_001, 'two'],
      [1_002, null],
      [1_003, 'two'],
    ]),
    'one ...\ntwo ...\ntwo ...\n',
  )
})

void t.test('the log of --verbose has every step and its time', async (t) => {
  t.equal(
    written({ mode: 'log' }, [
      [0, 'one'],
      [1_234, 'two'],
    ]),
    '0.00 s  one\n1.23 s  two\n',
  )
})

void t.test('a step that lasts shows by itself', async (t) => {
  // The timer of progress keeps no process alive.
  const alive = setInterval(() => {}, 1_000)
  const shown = await new Promise((write) => createProgress({ mode: 'lines', afterMs: 5, write }).step('waiting'))
  clearInterval(alive)
  t.equal(shown, 'waiting ...\n')
})

// A database that never comes is waited for; nothing else takes long enough.
const slow = (...flags: string[]): string[] => [
  'plan',
  '-f',
  '-',
  '--database-url',
  'file:none.db',
  '--wait-for-db',
  '1100ms',
  ...flags,
]
const CLEAR = '\r\u001B[2K'
const input = 'apiVersion: bode/v1\nkind: Configuration\nmetadata: { name: test }\nkanalen: {}\n'
const environment = { BODE_MASTER_KEY: newMasterKey() }

const watching: [string, string[], Record<string, string>, boolean, RegExp][] = [
  [
    'on a terminal a line is rewritten',
    [],
    {},
    true,
    new RegExp(`^(${CLEAR.replace('[', '\\[')}\\w[^\\r\\n]* \\.\\.\\.)+${CLEAR.replace('[', '\\[')}error`),
  ],
  ['a dumb terminal gets plain lines', [], { TERM: 'dumb' }, true, /^(\w[\w ]* \.\.\.\n)+error/],
  ['a screen reader gets plain lines', [], { BODE_ACCESSIBLE: '1' }, true, /^(\w[\w ]* \.\.\.\n)+error/],
  ['a pipe gets nothing', [], {}, false, /^error/],
  ['--quiet gets nothing', ['--quiet'], {}, true, /^error/],
  [
    '--verbose gets the steps, in a pipe too',
    ['--verbose'],
    {},
    false,
    /^0\.\d\d s {2}reading the configuration\n[^]*s {2}waiting for the database\nerror/,
  ],
]
for (const [what, flags, more, watched, expected] of watching) {
  void t.test(what, async (t) => {
    const { exit, stderr } = await runCli(slow(...flags), {
      cwd: t.testdir({}),
      input,
      watched,
      environment: { ...environment, ...more },
    })
    t.equal(exit, 8, stderr)
    t.match(stderr, expected)
  })
}

void t.test('a reader that stops early does no harm', async (t) => {
  const line = `set -o pipefail; '${process.execPath}' dist/bin.js schema | head -1`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: packageRoot, encoding: 'utf8' })
  t.match({ status, stdout, stderr }, { status: 0, stdout: '{\n', stderr: '' })
})
