import { databaseTarget } from '../../db/target.ts'
import type { Command } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'
import { DATABASE_OPTIONS } from '../shared-options.ts'

export const dbMigrateCommand: Command = {
  name: 'db migrate',
  summary: 'Create the database or bring its schema up to this program',
  usage: '[--database-url URL]',
  examples: ['bode db migrate', 'bode db migrate --database-url postgresql://bode@db.example.nl/bode'],
  options: DATABASE_OPTIONS,
  run: async (invocation) => {
    demandNoArguments(invocation)
    const url = databaseUrl(invocation)
    const { migrate } = await import('../../db/migrate.ts')
    invocation.progress.step('migrating the database')
    const applied = await invocation.interruption.shield(() => migrate(url))
    const { shown } = databaseTarget(url)
    return {
      exit: EXIT.ok,
      text: ({ green }) =>
        applied.length === 0
          ? `${shown} is up to date.\n`
          : `${applied.map((name) => `${green('+')} ${name}\n`).join('')}${shown} is up to date.\n`,
      json: { database: shown, applied },
    }
  },
}
