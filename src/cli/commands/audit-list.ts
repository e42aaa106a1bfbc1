import { systemClock } from '../../common/clock.ts'
import { MAX_PAGE } from '../../common/deliveries.ts'
import { Failure } from '../../common/failure.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { periodOf } from '../deliveries/filter-flags.ts'
import { EXIT } from '../exit-codes.ts'
import { countFlag, demandNoArguments } from '../flag-values.ts'
import { DATABASE_OPTIONS } from '../shared-options.ts'

const DEFAULT_LIMIT = 50

export const auditListCommand: Command = {
  name: 'audit list',
  summary: 'List who did what: applies, writes through the API, replays, tokens, reads of payloads, refused access',
  usage: '[--actor ACTOR] [--action ACTION] [--from TIME] [--until TIME] [options]',
  examples: [
    'bode audit list',
    'bode audit list --actor client:zac --from 24h',
    'bode audit list --action deliveries --format json',
  ],
  options: {
    ...DATABASE_OPTIONS,
    actor: { type: 'string', value: 'ACTOR', help: 'client:ID, operator:NAME or bode; client alone is every client' },
    action: { type: 'string', value: 'ACTION', help: 'like abonnement.create; abonnement alone is all of its actions' },
    from: { type: 'string', value: 'TIME', help: 'from then on: 2026-11-24T08:00:00Z, or 24h for a day ago' },
    until: { type: 'string', value: 'TIME', help: 'before then' },
    limit: { type: 'string', value: 'N', help: `how many, at most ${MAX_PAGE} (default: ${DEFAULT_LIMIT})` },
  },
  run: (invocation) => auditList(invocation),
}

async function auditList(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { flags } = invocation
  const limit = countFlag(flags, 'limit') ?? DEFAULT_LIMIT
  if (limit < 1 || limit > MAX_PAGE) throw new Failure('usage', `--limit is a number from 1 to ${MAX_PAGE}`)
  const [{ withPreparedDatabase }, { readAudit }, { readFilter }, { auditJson, renderAudit }] = await Promise.all([
    import('../prepared-database.ts'),
    import('../../db/read-audit.ts'),
    import('../../delivery/operations/read-filter.ts'),
    import('../views/audit.ts'),
  ])
  const { receivedFrom: from, receivedUntil: until } = readFilter(periodOf(flags, systemClock.now()))
  const filter = { actor: flags.text('actor'), action: flags.text('action'), from, until }
  const rows = await withPreparedDatabase(databaseUrl(invocation), { waitMs: 0 }, ({ reader }) =>
    readAudit(reader, filter, limit),
  )
  return { exit: EXIT.ok, text: (style) => renderAudit(rows, style), json: { entries: rows.map(auditJson) } }
}
