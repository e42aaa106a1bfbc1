import { variableOrFile } from '../common/environment.ts'
import type { Invocation } from './command.ts'

export const DEFAULT_DATABASE_URL = 'file:./bode.db'

/**
 * Where the database is: the flag, else DATABASE_URL or DATABASE_URL_FILE, else a SQLite file in the
 * working directory. May contain a password: show `databaseTarget(url).shown` instead.
 */
export function databaseUrl({ flags, environment }: Pick<Invocation, 'flags' | 'environment'>): string {
  return flags.text('database-url') ?? variableOrFile(environment, 'DATABASE_URL') ?? DEFAULT_DATABASE_URL
}
