import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { COMMANDS } from '../../../src/cli/commands.ts'
import { runCli } from '../../support/cli.ts'

const script = async (shell: string): Promise<string> => (await runCli(['completion', shell])).stdout
const installed = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).error === undefined

/** What bash offers when Tab is pressed at the end of `line`. */
async function offered(line: string): Promise<string[]> {
  // As bash takes a line apart: "=" is a word of its own.
  const words = line.split(/ |(?==)|(?<==)/)
  const quoted = words.map((word) => `'${word}'`).join(' ')
  const program = `${await script('bash')}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _bode; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', program], { encoding: 'utf8', cwd: '/' })
    .split('\n')
    .filter((word) => word !== '')
}

void t.test('bash completes every command, its second word, its flags and their values', async (t) => {
  const firsts = new Set(Object.keys(COMMANDS).map((name) => name.split(' ')[0]!))
  t.strictSame((await offered('bode ')).toSorted(), [...firsts, 'help'].toSorted())
  for (const [name, load] of Object.entries(COMMANDS)) {
    const flags = Object.keys((await load()).options).map((flag) => `--${flag}`)
    const got = await offered(`bode ${name} --`)
    t.ok(flags.every((flag) => got.includes(flag)) && got.includes('--format'), name)
  }
  const table: [string, string[]][] = [
    ['bode val', ['validate']],
    ['bode db ', ['migrate', 'status']],
    ['bode db mig', ['migrate']],
    ['bode plan --format gi', ['github', 'gitlab']],
    ['bode plan --format=gi', ['github', 'gitlab']],
    ['bode init --ci git', ['gitlab', 'github']],
    ['bode completion ', ['bash', 'zsh', 'fish']],
    ['bode help val', ['validate']],
    ['bode apply --auto', ['--auto-approve']],
    ['bode validate --file et', ['etc']],
    ['bode nonsense --', []],
  ]
  for (const [line, expected] of table) t.strictSame(await offered(line), expected, line)
})

void t.test('zsh and fish take their scripts', async (t) => {
  for (const shell of ['zsh', 'fish']) {
    const text = await script(shell)
    t.match(text, 'migrate')
    t.match(text, 'auto-approve')
    if (!installed(shell)) t.comment(`${shell} is not installed here`)
    else {
      const file = join(t.testdir({ script: text }), 'script')
      t.equal(spawnSync(shell, ['-n', file], { encoding: 'utf8' }).stderr, '', `${shell} -n`)
    }
  }
})

void t.test('fish completes', { skip: !installed('fish') && 'fish is not installed here' }, async (t) => {
  const text = await script('fish')
  const complete = (line: string): string[] =>
    execFileSync('fish', ['--no-config', '-c', `${text}\ncomplete -C '${line}'`], { encoding: 'utf8' })
      .split('\n')
      .flatMap((row) => row.split('\t')[0] || [])
  t.strictSame(complete('bode val'), ['validate'])
  t.strictSame(complete('bode db mig'), ['migrate'])
  t.strictSame(complete('bode plan --format gi').toSorted(), ['github', 'gitlab'])
  t.ok(complete('bode apply --').includes('--auto-approve'))
  t.notOk(complete('bode db --').includes('--auto-approve'))
})

void t.test('another shell is exit 64', async (t) => {
  for (const args of [[], ['powershell'], ['bash', 'zsh'], ['constructor']]) {
    t.match(await runCli(['completion', ...args]), { exit: 64, stderr: /bode completion bash\|zsh\|fish/ })
  }
})
