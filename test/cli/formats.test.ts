import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { renderGithub } from '../../src/cli/views/formats/github.ts'
import { renderGitlab } from '../../src/cli/views/formats/gitlab.ts'
import { renderMarkdown } from '../../src/cli/views/formats/markdown.ts'
import { renderSarif } from '../../src/cli/views/formats/sarif.ts'
import { FORMATS, type Shown } from '../../src/cli/views/formats/shown.ts'
import { styleFor } from '../../src/cli/views/style.ts'
import type { Diagnostic } from '../../src/common/diagnostics.ts'
import { runCli } from '../support/cli.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { CANARY, EVERY_KIND, workplace } from '../support/documents.ts'

const BROKEN = `${EVERY_KIND}nonsense: 1\ncallbacks: { prob: strict }\n`
const WARNING = EVERY_KIND.replace('naam: zaken', 'naam: onbekend')

void t.test('no format changes an exit code, also not of a failure', async (t) => {
  const cases: [string, string, string[], number][] = [
    ['valid', EVERY_KIND, ['validate'], 0],
    ['with warnings', WARNING, ['validate'], 0],
    ['invalid', BROKEN, ['validate'], 3],
    ['a plan with changes', EVERY_KIND, ['plan', '--detailed-exitcode'], 2],
    ['a plan of a broken document', BROKEN, ['plan'], 3],
    ['an apply that nobody approved', EVERY_KIND, ['apply', '--no-input'], 6],
    ['no database', EVERY_KIND, ['plan', '--database-url', 'file:none.db'], 8],
    ['a wrong command line', EVERY_KIND, ['plan', '--nonsense'], 64],
  ]
  const url = await freshDatabaseUrl(t, 'sqlite')
  for (const [what, document, args, expected] of cases) {
    const { bode } = workplace(t, url, document)
    for (const format of FORMATS) {
      const { exit, stdout, stderr } = await bode([...args, '--format', format])
      t.equal(exit, expected, `${what}, ${format}`)
      t.notMatch(stdout + stderr, CANARY)
      if (['json', 'gitlab', 'sarif'].includes(format)) t.doesNotThrow(() => JSON.parse(stdout), `${what}, ${format}`)
    }
  }
})

void t.test('reports are written beside what stdout shows, each in its format, and change nothing', async (t) => {
  const url = await freshDatabaseUrl(t, 'sqlite')
  const { bode, folder, write } = workplace(t, url)
  const plain = await bode(['plan'])
  const reports = FORMATS.flatMap((format) => ['--report', `out/${format}=${format}`])
  t.strictSame(await bode(['plan', ...reports]), plain)
  const read = (name: string): string => readFileSync(join(folder, 'out', name), 'utf8')
  for (const format of ['json', 'markdown', 'gitlab', 'sarif']) {
    t.equal(read(format), (await bode(['plan', '--format', format])).stdout, format)
  }
  t.equal(read('text'), plain.stdout)
  t.strictSame(JSON.parse(read('gitlab')), { create: 7, update: 0, delete: 0 })
  write(BROKEN)
  t.match(await bode(['plan', ...reports]), { exit: 3, stdout: '' })
  t.match(read('text'), /error\[schema\/unknown-key\][^]*error: the configuration has errors/)
  t.match(JSON.parse(read('gitlab')), [{ check_name: 'schema/unknown-key', location: { path: 'bode.yaml' } }, {}])
})

void t.test('the file of a report may have a "=" in its name', async (t) => {
  const cwd = t.testdir({})
  await runCli(['version', '--report', 'a=b=json'], { cwd })
  t.ok(existsSync(join(cwd, 'a=b')))
})

void t.test('a report that cannot be written is a warning, and the exit code stays', async (t) => {
  const cwd = t.testdir({ file: '' })
  t.match(await runCli(['version', '--report', 'file/report.json=json'], { cwd }), {
    exit: 0,
    stdout: /^bode /,
    stderr: /warning: the report file\/report\.json was not written: /,
  })
})

void t.test('--quiet leaves out warnings, never errors or the result', async (t) => {
  const url = await freshDatabaseUrl(t, 'sqlite')
  const warned = workplace(t, url, WARNING)
  t.match((await warned.bode(['validate'])).stderr, /^warning/)
  t.match(await warned.bode(['validate', '--quiet']), { exit: 0, stdout: /^valid/, stderr: '' })
  t.match((await workplace(t, url, BROKEN).bode(['validate', '-q'])).stderr, /^error/)
})

const NASTY =
  'a | b `c` <img src=x onerror=alert(1)> @team #1 [x](http://evil) \n::error::no\r\n## head 100%, __b__ www.evil.nl http://evil'

function shown(more: Partial<Shown> = {}): Shown {
  const diagnostic: Diagnostic = {
    id: 'schema/unknown-key',
    severity: 'error',
    message: NASTY,
    position: { file: 'config/a b,c:%.yaml', line: 3, column: 5, length: 2 },
    path: 'kanalen.x',
    label: 'did you mean "y"?',
    help: ['allowed here: y'],
  }
  return { command: 'validate', exit: 3, text: () => '', json: {}, diagnostics: [diagnostic], ...more }
}

void t.test('github: properties and messages are escaped, so that they stay one command', async (t) => {
  const [first, ...rest] = renderGithub(shown(), styleFor(false)).split('\n')
  t.match(first, '::error file=config/a b%2Cc%3A%25.yaml,line=3,col=5,endColumn=7,title=schema/unknown-key::a | b')
  t.match(first, '%0A::error::no%0D%0A## head 100%25,')
  t.match(first, '%0Adid you mean "y"?%0Aallowed here: y')
  t.match(rest[0], /^::stop-commands::bode-[0-9a-f]{24}$/)
})

void t.test('github: no line of the text is taken for a command', async (t) => {
  const text = '::set-output name=x::y\n  ::error::z\n'
  const lines = renderGithub(shown({ text: () => text, diagnostics: [] }), styleFor(false)).split('\n')
  const [, token] = /^::stop-commands::(.+)$/.exec(lines[0] ?? '') ?? []
  t.strictSame(lines.slice(1), ['::set-output name=x::y', '  ::error::z', `::${token}::`, ''])
})

void t.test('github: a failure without a place is an annotation too', async (t) => {
  const { stdout } = await runCli(['plan', '--format', 'github', '--nonsense'])
  t.match(stdout, /^::error title=bode::unknown option/)
})

void t.test('gitlab: fingerprints stay when lines move, and differ for equal findings', async (t) => {
  const [one] = shown().diagnostics!
  const moved = { ...one!, position: { ...one!.position!, line: 90 } }
  const prints = (diagnostics: Diagnostic[]): string[] =>
    (JSON.parse(renderGitlab(shown({ diagnostics }))) as { fingerprint: string }[]).map(
      ({ fingerprint }) => fingerprint,
    )
  t.strictSame(prints([one!]), prints([moved]))
  t.equal(new Set(prints([one!, moved, { ...one!, path: 'kanalen.z' }])).size, 3)
})

void t.test('gitlab: every finding has what GitLab demands, also one without a place', async (t) => {
  const { position: _, ...homeless } = shown().diagnostics![0]!
  const problem = { kind: 'unreachable', message: 'gone' } as const
  for (const report of [shown(), shown({ diagnostics: [homeless] }), shown({ diagnostics: [], problem })]) {
    const findings = JSON.parse(renderGitlab(report)) as Record<string, unknown>[]
    t.equal(findings.length, 1)
    t.match(findings[0], {
      description: String,
      check_name: /./,
      fingerprint: /^[0-9a-f]{64}$/,
      severity: 'critical',
      location: { path: /./, lines: { begin: Number } },
    })
  }
})

void t.test('markdown: nothing of a document becomes markup', async (t) => {
  const markdown = renderMarkdown(shown({ problem: { kind: 'invalid', message: NASTY } }))
  for (const raw of ['<img', '`c`', '@team', ' #1', '[x]', '://', '## head', '__b__', 'www.']) {
    t.notOk(markdown.includes(raw), raw)
  }
  const rows = markdown.split('\n').filter((line) => line.startsWith('|'))
  t.equal(rows.length, 3, 'a line feed starts no row')
  for (const row of rows) t.equal(row.split('|').length, 6, row)
})

void t.test('markdown: printed text stands in a fence that it cannot close', async (t) => {
  const markdown = renderMarkdown(shown({ text: () => 'a\n```\nb ````\n', diagnostics: [] }))
  t.match(markdown, '`````\na\n```\nb ````\n`````')
})

void t.test('markdown: a plan is a table with what changes and where', async (t) => {
  const { bode, write } = workplace(t, await freshDatabaseUrl(t, 'sqlite'))
  const { stdout } = await bode(['plan', '--format', 'markdown'])
  t.match(stdout, /^### bode plan: 7 to create, 0 to update, 0 to delete\n/)
  t.match(stdout, /\| <code>\+<\/code> \| <code>kanalen\.zaken<\/code> \|  \| <code>bode\.yaml&#58;17<\/code> \|/)
  await bode(['apply', '--auto-approve'])
  t.match((await bode(['plan', '--format', 'markdown'])).stdout, /^### bode plan: no changes\n/)
  write(EVERY_KIND.replace('timeout: 10s', 'timeout: 20s').replace('env: ZAC_KEY', 'env: AC_SECRET'))
  const changed = (await bode(['plan', '--format', 'markdown'])).stdout
  t.match(changed, /<code>auth\.value<\/code> fingerprint <code>[0-9a-f]{8}<\/code> -> <code>[0-9a-f]{8}<\/code>/)
  t.match(changed, /delivery\.timeout/)
})

void t.test('sarif: results point to their place, and a failure is a notification', async (t) => {
  const problem = { kind: 'invalid', message: 'the configuration has errors' } as const
  const { runs } = JSON.parse(renderSarif(shown({ problem }))) as { runs: Record<string, unknown>[] }
  t.match(runs[0], {
    tool: { driver: { name: 'Bode', rules: [{ id: 'schema/unknown-key' }] } },
    columnKind: 'utf16CodeUnits',
    invocations: [
      { executionSuccessful: false, exitCode: 3, toolExecutionNotifications: [{ message: { text: /has errors/ } }] },
    ],
    results: [
      {
        ruleId: 'schema/unknown-key',
        ruleIndex: 0,
        level: 'error',
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'config/a%20b%2Cc%3A%25.yaml', uriBaseId: '%SRCROOT%' },
              region: { startLine: 3, startColumn: 5, endColumn: 7 },
            },
            logicalLocations: [{ fullyQualifiedName: 'kanalen.x' }],
          },
        ],
      },
    ],
  })
})
