import type { Command } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'
import { DATABASE_OPTIONS } from '../shared-options.ts'

export const dbStatusCommand: Command = {
  name: 'db status',
  summary: 'Compare the database with this program; exit 8 unless it is ready for use',
  usage: '[--database-url URL]',
  examples: ['bode db status', 'bode db status --format json'],
  options: DATABASE_OPTIONS,
  run: async (invocation) => {
    demandNoArguments(invocation)
    const [{ openDatabase }, { migrationStatus }] = await Promise.all([
      import('../../db/open.ts'),
      import('../../db/migration-status.ts'),
    ])
    const database = await openDatabase(databaseUrl(invocation))
    const status = await migrationStatus(database).finally(() => database.close())
    const ready = status.pending.length === 0 && !status.tooNew
    return {
      exit: ready ? EXIT.ok : EXIT.unreachable,
      text: ({ green, yellow, red }) =>
        [
          ...status.applied.map((name) => `${green('applied')}  ${name}`),
          ...status.pending.map((name) => `${yellow('pending')}  ${name}`),
          ...status.unknown.map((name) => `${yellow('unknown')}  ${name} (made by a newer program)`),
          verdict(status.tooNew, status.pending.length, database.target.shown, red),
          '',
        ].join('\n'),
      json: { database: database.target.shown, ready, ...status },
    }
  },
}

function verdict(tooNew: boolean, pending: number, shown: string, red: (text: string) => string): string {
  if (tooNew) return red(`${shown} is newer than this program: use the version of bode that migrated it.`)
  if (pending > 0) return `${shown} is not migrated: run bode db migrate.`
  return `${shown} is up to date.`
}
