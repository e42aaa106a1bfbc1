import { Failure } from '../../common/failure.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { grammarOf, type Grammar } from '../completion.ts'
import { EXIT } from '../exit-codes.ts'
import { bashCompletion } from '../views/completion/bash.ts'
import { fishCompletion } from '../views/completion/fish.ts'
import { zshCompletion } from '../views/completion/zsh.ts'

const SHELLS: Readonly<Record<string, (grammar: Grammar) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

/** The commands are handed over, because this one is among them. */
export const completionCommand = (commands: readonly (() => Promise<Command>)[]): Command => ({
  name: 'completion',
  summary: 'Print the completion script of a shell: commands, flags and their values',
  usage: 'bash|zsh|fish',
  examples: [
    'source <(bode completion bash)',
    'bode completion zsh > "${fpath[1]}/_bode"',
    'bode completion fish > ~/.config/fish/completions/bode.fish',
  ],
  options: {},
  run: (invocation) => completion(invocation, commands),
})

async function completion({ positionals }: Invocation, loaders: readonly (() => Promise<Command>)[]): Promise<Outcome> {
  const [shell, ...more] = positionals
  if (shell === undefined || more.length > 0 || !Object.hasOwn(SHELLS, shell)) {
    throw new Failure('usage', `say for which shell: bode completion ${Object.keys(SHELLS).join('|')}`)
  }
  const commands = await Promise.all(loaders.map((load) => load()))
  const script = SHELLS[shell]!(grammarOf(commands))
  return { exit: EXIT.ok, text: () => script, json: { shell, script } }
}
