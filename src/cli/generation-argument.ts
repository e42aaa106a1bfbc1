import { Failure } from '../common/failure.ts'
import type { Invocation } from './command.ts'

/** The number of a generation, the only argument of a command. Throws Failure `usage` for anything else. */
export function generationArgument({ positionals }: Invocation): number {
  const [text, ...more] = positionals
  if (text === undefined || more.length > 0 || !/^\d{1,9}$/.test(text) || Number(text) === 0) {
    throw new Failure('usage', 'say one generation, by its number; bode history lists them')
  }
  return Number(text)
}
