import { Failure } from '../common/failure.ts'
import { didYouMean } from '../common/closest.ts'
import { parseDuration } from '../common/duration.ts'
import type { Flags, Invocation } from './command.ts'

/** The value of a flag that takes a duration (`30s`), in ms. Throws Failure `usage` for anything else. */
export function durationFlag(flags: Flags, name: string, otherwise: number): number {
  const text = flags.text(name)
  if (text === undefined) return otherwise
  const ms = parseDuration(text)
  if (ms === undefined) throw new Failure('usage', `--${name} is a duration like 30s or 5m, not "${text}"`)
  return ms
}

/** How long the lock of an apply and the servers are waited for. */
const DEFAULT_WAIT_MS = 30_000

/** `--lock-timeout`, in ms. Throws Failure `usage`. */
export function lockTimeoutFlag(flags: Flags): number {
  return durationFlag(flags, 'lock-timeout', DEFAULT_WAIT_MS)
}

/** `--wait-for-servers`, in ms; 0: do not wait. Throws Failure `usage`. */
export function waitForServersFlag(flags: Flags): number {
  return durationFlag(flags, 'wait-for-servers', DEFAULT_WAIT_MS)
}

/** The value of a flag that takes a whole number from 0 up. Throws Failure `usage` for anything else. */
export function countFlag(flags: Flags, name: string): number | undefined {
  const text = flags.text(name)
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new Failure('usage', `--${name} is a number, not "${text}"`)
  return Number(text)
}

/** The value of a flag that takes one of a few words; undefined when it is not given. Throws Failure `usage`. */
export function choiceFlag<T extends string>(flags: Flags, name: string, words: readonly T[]): T | undefined {
  const text = flags.text(name)
  if (text === undefined) return undefined
  const word = words.find((known) => known === text)
  if (word !== undefined) return word
  throw new Failure('usage', `--${name} is ${words.join(' or ')}, not "${text}"${didYouMean(text, words)}`)
}

/** Throws Failure `usage` when something follows a command that takes only flags. */
export function demandNoArguments({ positionals, flags }: Pick<Invocation, 'positionals' | 'flags'>): void {
  const [first] = positionals
  if (first === undefined) return
  throw new Failure('usage', `unexpected "${first}"${flags.has('file') ? '; a file is given with --file' : ''}`)
}
