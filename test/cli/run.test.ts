import t from 'tap'
import { version } from '../../src/common/package-root.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { GROUPS } from '../../src/cli/usage.ts'
import { runCli } from '../support/cli.ts'

void t.test('without a command the usage goes to stderr and the exit code is 64', async (t) => {
  const { exit, stdout, stderr } = await runCli([])
  t.match({ exit, stdout }, { exit: 64, stdout: '' })
  t.match(stderr, /bode COMMAND/)
})

void t.test('--help names every command on stdout and exits 0', async (t) => {
  const { exit, stdout } = await runCli(['--help'])
  t.equal(exit, 0)
  for (const name of Object.keys(COMMANDS)) t.match(stdout, `  ${name} `)
})

for (const [name, load] of Object.entries(COMMANDS)) {
  void t.test(`bode ${name} --help has its flags and an example`, async (t) => {
    const command = await load()
    const { exit, stdout } = await runCli([...name.split(' '), '--help'])
    t.equal(exit, 0)
    t.equal(command.name, name)
    for (const flag of Object.keys(command.options)) t.match(stdout, `--${flag}`)
    t.ok(command.examples.length > 0 && command.examples.every((example) => stdout.includes(example)))
  })
}

for (const words of [
  ['db', '--help'],
  ['help', 'db'],
]) {
  void t.test(`bode ${words.join(' ')} names the commands that begin so, and no others`, async (t) => {
    const { exit, stdout } = await runCli(words)
    t.equal(exit, 0)
    t.match(stdout, /bode db COMMAND[^]* {2}db migrate [^]* {2}db status /)
    t.notMatch(stdout, /secrets/)
  })
}

void t.test('bode --version is bode version', async (t) => {
  t.match(await runCli(['--version']), { exit: 0, stdout: version })
})

const wrong: [string[], RegExp][] = [
  [['aply'], /unknown command "aply", did you mean "apply"\?/],
  [['db', 'migrat'], /unknown command "db migrat", did you mean "db migrate"\?/],
  [['db'], /unknown command "db": say db migrate, db status; see bode db --help/],
  [['validate', '--fiel', 'x'], /unknown option '--fiel'; see bode validate --help/i],
  [['validate', '--format', 'xml'], /--format is text, json, markdown, github, gitlab or sarif, not "xml"/],
  [['validate', '--report', 'out.json'], /--report is FILE=FORMAT, with text, json.* or sarif; not "out\.json"/],
  [['validate', '--report', 'a=b=xml'], /--report is FILE=FORMAT/],
  [['validate', '-q', '-v'], /choose one of --quiet and --verbose/],
  [['validate', '--timeout', 'soon'], /--timeout is a duration like 30s or 5m, not "soon"/],
  [['validate', 'bode.yaml'], /unexpected "bode.yaml"; a file is given with --file\n/],
  [['serve', 'bode.yaml'], /unexpected "bode.yaml"\n/],
  [['secrets', 'key', 'master.key'], /unexpected "master.key"\n/],
  [['db', 'status', 'bode.yaml'], /unexpected "bode.yaml"\n/],
  [['help', 'aply'], /unknown command "aply", did you mean "apply"\?/],
  [['validate', '--color', 'pink'], /--color is auto, always or never/],
  [['validate', '--file'], /--file.*see bode validate --help/],
  [['--unknown'], /unknown option '--unknown'; see bode --help/],
]
for (const [args, message] of wrong) {
  void t.test(`bode ${args.join(' ')} is a wrong command line: exit 64`, async (t) => {
    const { exit, stdout, stderr } = await runCli(args)
    t.match({ exit, stdout }, { exit: 64, stdout: '' })
    t.match(stderr, message)
    t.notMatch(stderr, /\n\s+at /, 'no stack trace')
  })
}

void t.test('bode help says the same as --help', async (t) => {
  t.strictSame(await runCli(['help']), await runCli(['--help']))
  t.strictSame(await runCli(['help', 'db', 'migrate']), await runCli(['db', 'migrate', '--help']))
})

void t.test('every command stands in one group of --help', async (t) => {
  const grouped = Object.values(GROUPS).flat()
  t.equal(new Set(grouped).size, grouped.length, 'none twice')
  t.strictSame(
    Object.keys(COMMANDS).filter((name) => !grouped.includes(name)),
    [],
  )
})

void t.test('help fits the terminal', async (t) => {
  for (const columns of [44, 80, 200]) {
    const { stdout } = await runCli(['apply', '--help'], { columns })
    const [help = ''] = stdout.split('Examples')
    t.ok(
      help.split('\n').every((line) => line.length <= columns || line.startsWith('  bode')),
      `${columns} columns`,
    )
  }
})

void t.test('a failure in JSON is JSON on stdout, with the same exit code', async (t) => {
  const args = ['db', 'status', '--database-url', 'file:/nonexistent/bode.db']
  const text = await runCli(args)
  const json = await runCli([...args, '--format', 'json'])
  t.equal(text.exit, 8)
  t.equal(json.exit, 8)
  t.match(JSON.parse(json.stdout), { error: { kind: 'unreachable', message: /nonexistent/ } })
  t.equal(json.stderr, '')
})

void t.test('version prints the version of the package', async (t) => {
  t.equal((await runCli(['version'])).stdout, `bode ${version}\n`)
  t.match(JSON.parse((await runCli(['version', '--format', 'json'])).stdout), { version, apiVersion: 'bode/v1' })
})

void t.test('colours are for terminals, and --color decides', async (t) => {
  const always = await runCli(['--help', '--color', 'always'])
  t.notMatch(always.stdout, '\u001B[', 'flags of a command are read after the command')
  const status = ['db', 'status', '--database-url', 'file:/nonexistent/bode.db', '--color', 'always']
  t.match((await runCli(status)).stderr, '\u001B[31merror')
})
