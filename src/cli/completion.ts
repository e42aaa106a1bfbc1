import type { Command, Option } from './command.ts'
import { COMMON_OPTIONS } from './shared-options.ts'
import { FORMATS } from './views/formats/shown.ts'

/** What can be typed after `bode`: made from the commands themselves, so it cannot lag behind them. */
export type Grammar = {
  /** The first words; `seconds` are the words that follow one of them (`db` and `migrate`). */
  firsts: { word: string; summary: string; seconds: { word: string; summary: string }[] }[]
  /** The flags of each command, by its name as typed: `db migrate`. */
  flags: { command: string; flags: CompletedFlag[] }[]
}

export type CompletedFlag = {
  long: string
  short: string | undefined
  help: string
  /** `undefined`: it takes no value; none: any file or text. */
  values: readonly string[] | undefined
}

/** Flags with a fixed set of values that their help does not name as `a|b`. */
const VALUES: Readonly<Record<string, readonly string[]>> = { format: FORMATS, color: ['auto', 'always', 'never'] }

/** The grammar of `commands`. */
export function grammarOf(commands: readonly Command[]): Grammar {
  const words = [...new Set(commands.map(({ name }) => name.split(' ')[0]!))]
  return {
    firsts: [
      { word: 'help', summary: 'Explain a command', seconds: [] },
      ...words.map((word) => first(word, commands)),
    ],
    flags: commands.map(({ name, options }) => ({
      command: name,
      flags: Object.entries({ ...options, ...COMMON_OPTIONS }).map(completedFlag),
    })),
  }
}

function first(word: string, commands: readonly Command[]): Grammar['firsts'][number] {
  const seconds = commands
    .filter(({ name }) => name.startsWith(`${word} `))
    .map(({ name, summary }) => ({ word: name.slice(word.length + 1), summary }))
  const own = commands.find(({ name }) => name === word)?.summary
  return { word, summary: own ?? seconds.map((second) => second.word).join(', '), seconds }
}

function completedFlag([long, option]: [string, Option]): CompletedFlag {
  const choices = option.value?.includes('|') === true ? option.value.split('|') : []
  return {
    long,
    short: option.short,
    help: option.help,
    values: option.type === 'string' ? (VALUES[long] ?? choices) : undefined,
  }
}
