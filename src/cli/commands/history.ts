import { closest } from '../../common/closest.ts'
import { Failure } from '../../common/failure.ts'
import type { Client } from '../../db/open.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { countFlag, demandNoArguments } from '../flag-values.ts'
import { DATABASE_OPTIONS } from '../shared-options.ts'

const DEFAULT_LIMIT = 20

export const historyCommand: Command = {
  name: 'history',
  summary: 'List what was applied, rolled back or adopted: when, by whom and from which commit',
  usage: '[--owner NAME] [--limit N] [options]',
  examples: ['bode history', 'bode history --owner gemeente-voorbeeld --limit 5', 'bode history --format json'],
  options: {
    ...DATABASE_OPTIONS,
    owner: { type: 'string', value: 'NAME', help: 'only the generations of this metadata.name' },
    limit: { type: 'string', value: 'N', help: `how many, newest first (default: ${DEFAULT_LIMIT})` },
  },
  run: (invocation) => history(invocation),
}

async function history(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const owner = invocation.flags.text('owner')
  const limit = countFlag(invocation.flags, 'limit') ?? DEFAULT_LIMIT
  const [{ withPreparedDatabase }, { readHistory }, { renderHistory, generationJson }] = await Promise.all([
    import('../prepared-database.ts'),
    import('../../db/configuration/history.ts'),
    import('../views/history.ts'),
  ])
  const generations = await withPreparedDatabase(databaseUrl(invocation), { waitMs: 0 }, async (database) => {
    const found = await readHistory(database.reader, database.provider, { owner, limit })
    if (found.length === 0 && owner !== undefined && limit > 0) throw await nobody(database.reader, owner)
    return found
  })
  return {
    exit: EXIT.ok,
    text: (style) => renderHistory(generations, style),
    json: { generations: generations.map(generationJson) },
  }
}

async function nobody(reader: Client, owner: string): Promise<Failure> {
  const { ownersOfGenerations } = await import('../../db/configuration/generations.ts')
  const owners = await ownersOfGenerations(reader)
  const hint = closest(owner, owners) ?? (owners.join(', ') || 'nothing')
  return new Failure('invalid', `no configuration "${owner}" was ever applied here; there is: ${hint}`)
}
