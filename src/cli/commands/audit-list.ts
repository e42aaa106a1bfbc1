import { systemClock } from '../../common/clock.ts'
import { DEFAULT_PAGE, MAX_PAGE } from '../../common/deliveries.ts'
import { Failure } from '../../common/failure.ts'
import type { AuditRow } from '../../db/read-audit.ts'
import type { AuditQuery } from '../../http/operate/audit.ts'
import type { Command, Flags, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { periodOf } from '../deliveries/filter-flags.ts'
import { OPERATIONS_OPTIONS } from '../deliveries/with-operations.ts'
import { EXIT } from '../exit-codes.ts'
import { countFlag, demandNoArguments } from '../flag-values.ts'

export const auditListCommand: Command = {
  name: 'audit list',
  summary: 'List who did what: applies, writes through the API, replays, tokens, reads of payloads, refused access',
  usage: '[--actor ACTOR] [--action ACTION] [--from TIME] [--until TIME] [options]',
  examples: [
    'bode audit list',
    'bode audit list --actor client:zac --from 24h',
    'bode audit list --action deliveries --format json',
    'bode audit list --server https://bode.example.nl:8443',
  ],
  options: {
    ...OPERATIONS_OPTIONS,
    actor: { type: 'string', value: 'ACTOR', help: 'client:ID, operator:NAME or bode; client alone is every client' },
    action: { type: 'string', value: 'ACTION', help: 'like abonnement.create; abonnement alone is all of its actions' },
    from: { type: 'string', value: 'TIME', help: 'from then on: 2026-11-24T08:00:00Z, or 24h for a day ago' },
    until: { type: 'string', value: 'TIME', help: 'before then' },
    limit: { type: 'string', value: 'N', help: `how many, at most ${MAX_PAGE} (default: ${DEFAULT_PAGE})` },
  },
  run: (invocation) => auditList(invocation),
}

async function auditList(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { flags } = invocation
  const limit = countFlag(flags, 'limit') ?? DEFAULT_PAGE
  if (limit < 1 || limit > MAX_PAGE) throw new Failure('usage', `--limit is a number from 1 to ${MAX_PAGE}`)
  const query = { ...wordsOf(flags), ...periodOf(flags, systemClock.now()), limit }
  const [rows, { auditJson, renderAudit }] = await Promise.all([
    flags.text('server') === undefined ? entriesHere(invocation, query) : entriesThere(invocation, query),
    import('../views/audit.ts'),
  ])
  return { exit: EXIT.ok, text: (style) => renderAudit(rows, style), json: { entries: rows.map(auditJson) } }
}

function wordsOf(flags: Flags): Pick<AuditQuery, 'actor' | 'action'> {
  const words: Pick<AuditQuery, 'actor' | 'action'> = {}
  for (const name of ['actor', 'action'] as const) {
    const text = flags.text(name)
    if (text === '') throw new Failure('usage', `--${name} is empty`)
    if (text !== undefined) words[name] = text
  }
  return words
}

async function entriesHere(invocation: Invocation, query: AuditQuery): Promise<AuditRow[]> {
  const [{ withPreparedDatabase }, { auditEntries }] = await Promise.all([
    import('../prepared-database.ts'),
    import('../audit-entries.ts'),
  ])
  return withPreparedDatabase(databaseUrl(invocation), { waitMs: 0 }, (database) => auditEntries(database, query))
}

async function entriesThere(invocation: Invocation, query: AuditQuery): Promise<AuditRow[]> {
  const { auditThere } = await import('../remote/audit.ts')
  return auditThere(invocation, query)
}
