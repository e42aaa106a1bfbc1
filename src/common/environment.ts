import { readFileSync } from 'node:fs'
import { Failure, messageOf } from './failure.ts'

/** Environment variables as an argument: a plain record, so that tests pass their own. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process. */
export function processEnvironment(): Environment {
  return process.env
}

/**
 * The value of `name`, or the content of the file named by `name_FILE` (one trailing newline dropped).
 * An empty value counts as absent. Throws Failure `invalid` when both are set or the file is unreadable.
 */
export function variableOrFile(environment: Environment, name: string): string | undefined {
  const value = environment[name] || undefined
  const file = environment[`${name}_FILE`] || undefined
  if (value !== undefined && file !== undefined) {
    throw new Failure('invalid', `both ${name} and ${name}_FILE are set; keep one`)
  }
  if (file === undefined) return value
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new Failure('invalid', `cannot read the file of ${name}_FILE: ${messageOf(error)}`, { cause: error })
  }
}
