import { parseArgs } from 'node:util'
import { Failure, messageOf } from '../common/failure.ts'
import { ALIASES, COMMANDS } from './commands.ts'
import type { Command, Flags, Options } from './command.ts'
import { didYouMean } from '../common/closest.ts'
import { COMMON_OPTIONS } from './shared-options.ts'

/** What the words before the first flag ask for. */
export type Chosen = { name: string; rest: readonly string[] }

/**
 * Finds the command in `argv` (one word or two: `plan`, `db migrate`). Undefined when there is none
 * at all, which means help, also of a first word that several share (`db --help`). Throws Failure `usage` with a suggestion for an unknown one.
 */
export function chooseCommand(argv: readonly string[]): Chosen | undefined {
  const [first, second] = argv
  if (first === undefined || first.startsWith('-')) return undefined
  const members = membersOf(first)
  if (members.length > 0 && (second === '--help' || second === '-h')) return undefined
  if (members.length > 0 && second === undefined) {
    throw new Failure('usage', `unknown command "${first}": say ${members.join(', ')}; see bode ${first} --help`)
  }
  const pair = second === undefined ? undefined : `${first} ${second}`
  if (pair !== undefined && Object.hasOwn(COMMANDS, pair)) return { name: pair, rest: argv.slice(2) }
  const name = Object.hasOwn(ALIASES, first) ? ALIASES[first] : first
  if (name !== undefined && Object.hasOwn(COMMANDS, name)) return { name, rest: argv.slice(1) }
  const typed = members.length > 0 ? (pair ?? first) : first
  const hint = didYouMean(typed, [...Object.keys(COMMANDS), ...Object.keys(ALIASES)])
  throw new Failure('usage', `unknown command "${typed}"${hint}; see bode --help`)
}

/** The commands of two words that begin with `first`. */
export function membersOf(first: string): string[] {
  return Object.keys(COMMANDS).filter((known) => known.startsWith(`${first} `))
}

/** Parses the words after the command. Throws Failure `usage` for an unknown flag or a missing value. */
export function parseFlags(command: Command, rest: readonly string[]): { positionals: string[]; flags: Flags } {
  try {
    const { values, positionals } = parseArgs({
      args: [...rest],
      options: { ...COMMON_OPTIONS, ...command.options },
      allowPositionals: true,
      strict: true,
    })
    return { positionals, flags: flagsOf(values, command.options) }
  } catch (error) {
    throw new Failure('usage', `${firstSentence(messageOf(error))}; see bode ${command.name} --help`, { cause: error })
  }
}

function flagsOf(values: Record<string, unknown>, options: Options): Flags {
  return {
    has: (name) => Object.hasOwn(options, name),
    text: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
    texts: (name) => (Array.isArray(values[name]) ? values[name].map(String) : []),
    on: (name) => values[name] === true,
  }
}

function firstSentence(message: string): string {
  return message
    .replace(/\. .*$/s, '')
    .replace(/^U/, 'u')
    .replace(/^O/, 'o')
}
