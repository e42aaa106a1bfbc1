import { insertAudit, type AuditEntry } from '../audit.ts'
import type { Client, Transaction } from '../open.ts'
import type { Provider } from '../target.ts'

/** What a generation was. */
export type Operation = 'apply' | 'rollback' | 'adopt' | 'refresh' | 'rekey'

/** One committed apply of one owner. */
export type GenerationRow = {
  number: number
  owner: string
  digest: string
  /** JSON; holds no secret. */
  plan: string
  actor: string
  commitSha: string | null
  toolVersion: string
  note: string | null
  operation: Operation
  /** `metadata.environment` of what was applied. */
  environment: string | null
  /** Where the pipeline that applied can be looked up. */
  pipelineUrl: string | null
  /** The generation that a rollback restored. */
  restores: number | null
}

/** Beyond every generation. */
export const NEWEST = 2_147_483_647

/** Everybody who ever applied a configuration, by name. */
export async function ownersOfGenerations(client: Client | Transaction): Promise<string[]> {
  const rows = await client.$queryRaw<{ owner: string }[]>`SELECT DISTINCT owner FROM generation ORDER BY owner`
  return rows.map(({ owner }) => owner)
}

/** The last generation of an owner. */
export type LastGeneration = Pick<GenerationRow, 'number' | 'digest' | 'environment'>

/** The last generation of each of these owners, up to generation `upTo`; those who never applied are left out. */
export async function lastGenerations(
  client: Client | Transaction,
  owners: readonly string[],
  upTo = NEWEST,
): Promise<Map<string, LastGeneration>> {
  const newest = await client.generation.groupBy({
    by: ['owner'],
    where: { owner: { in: [...owners] }, number: { lte: upTo } },
    _max: { number: true },
  })
  const rows = await client.generation.findMany({
    where: { number: { in: newest.flatMap(({ _max }) => _max.number ?? []) } },
    select: { owner: true, number: true, digest: true, environment: true },
  })
  return new Map(rows.map(({ owner, ...last }) => [owner, last]))
}

/**
 * Writes generations with their entries in the audit, which it returns, and tells PostgreSQL's listeners; they hear it
 * when the transaction commits. Plain SQL, because the ORM's first use of a model takes tens of milliseconds, and this
 * is under the lock.
 */
export async function insertGenerations(
  tx: Transaction,
  provider: Provider,
  rows: readonly GenerationRow[],
  now: number,
): Promise<AuditEntry[]> {
  const entries = rows.map(auditOf)
  for (const row of rows) {
    await tx.$executeRaw`
      INSERT INTO generation
        (number, owner, digest, plan, actor, commit_sha, tool_version, note, applied_at,
         operation, environment, pipeline_url, restores)
      VALUES (${row.number}, ${row.owner}, ${row.digest}, ${row.plan}, ${row.actor}, ${row.commitSha},
        ${row.toolVersion}, ${row.note}, ${now},
        ${row.operation}, ${row.environment}, ${row.pipelineUrl}, ${row.restores})`
  }
  for (const entry of entries) await insertAudit(tx, entry, now)
  if (provider === 'postgresql') {
    await tx.$executeRaw`SELECT pg_notify('bode_generation', ${String(rows.at(-1)?.number)})`
  }
  return entries
}

/** The generation itself says what changed: its plan, with fingerprints for secrets. */
function auditOf({
  number,
  owner,
  actor,
  operation,
  restores,
  commitSha,
  pipelineUrl,
  note,
}: GenerationRow): AuditEntry {
  const facts = { generation: number, restores, commit: commitSha, pipeline: pipelineUrl, note }
  const detail = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null))
  const by = operation === 'refresh' ? 'bode' : `operator:${actor}`
  return { actor: by, action: `configuration.${operation}`, subject: `configuration ${owner}`, result: 'done', detail }
}
