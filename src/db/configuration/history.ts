import { empty, sqltag as sql, type Sql } from '@prisma/client/runtime/client'
import { numberOrNull } from '../number-or-null.ts'
import type { Client } from '../open.ts'
import type { Provider } from '../target.ts'
import type { GenerationRow, Operation } from './generations.ts'

/** What the history says of one generation. */
export type GenerationFacts = Omit<GenerationRow, 'plan'> & {
  /** Epoch ms. */
  appliedAt: number
  /** How many objects of its owner it created, updated and deleted. */
  summary: { create: number; update: number; delete: number }
}

type RawFacts = Omit<GenerationRow, 'plan' | 'operation' | 'number' | 'restores'> & {
  number: bigint | number
  restores: bigint | number | null
  operation: string
  appliedAt: bigint | number
  /** JSON: number by action. */
  counts: string | null
}

/** The last `limit` generations, newest first; of one owner when `owner` is given. One statement. */
export async function readHistory(
  client: Client,
  provider: Provider,
  { owner, limit }: { owner?: string | undefined; limit: number },
): Promise<GenerationFacts[]> {
  const mine = owner === undefined ? empty : sql`WHERE g.owner = ${owner}`
  return readFacts(client, provider, sql`${mine} ORDER BY g.number DESC LIMIT ${limit}`)
}

/** One generation; undefined when there is none of that number. */
export async function readGeneration(
  client: Client,
  provider: Provider,
  number: number,
): Promise<GenerationFacts | undefined> {
  const [facts] = await readFacts(client, provider, sql`WHERE g.number = ${number}`)
  return facts
}

/** The plan that a generation carried out, as JSON; undefined when there is none of that number. */
export async function readPlan(client: Client, number: number): Promise<string | undefined> {
  const [row] = await client.$queryRaw<{ plan: string }[]>`SELECT plan FROM generation WHERE number = ${number}`
  return row?.plan
}

/** The first generation of which the objects of `owner` were kept; undefined when none was. */
export async function firstVersion(client: Client, owner: string): Promise<number | undefined> {
  const [row] = await client.$queryRaw<{ first: bigint | number | null }[]>`
    SELECT MIN(generation) AS first FROM object_version WHERE owner = ${owner}`
  return row === undefined || row.first === null ? undefined : Number(row.first)
}

async function readFacts(client: Client, provider: Provider, which: Sql): Promise<GenerationFacts[]> {
  // The plan of a large apply is megabytes: the database counts, so that a list of them is small.
  const counts =
    provider === 'sqlite'
      ? sql`SELECT json_group_object(action, number) FROM (
              SELECT value ->> '$.action' AS action, count(*) AS number FROM json_each(g.plan, '$.changes')
              WHERE value ->> '$.owner' = g.owner GROUP BY 1)`
      : sql`SELECT json_object_agg(action, number)::text FROM (
              SELECT value ->> 'action' AS action, count(*) AS number FROM json_array_elements(g.plan::json -> 'changes')
              WHERE value ->> 'owner' = g.owner GROUP BY 1) AS tally`
  const rows = await client.$queryRaw<RawFacts[]>`
    SELECT g.number, g.owner, g.digest, g.actor, g.commit_sha AS "commitSha", g.tool_version AS "toolVersion",
      g.note, g.operation, g.environment, g.pipeline_url AS "pipelineUrl", g.restores,
      g.applied_at AS "appliedAt", (${counts}) AS counts
    FROM generation g ${which}`
  return rows.map(({ counts: json, ...row }) => ({
    ...row,
    number: Number(row.number),
    restores: numberOrNull(row.restores),
    operation: row.operation as Operation,
    appliedAt: Number(row.appliedAt),
    summary: { create: 0, update: 0, delete: 0, ...(JSON.parse(json ?? '{}') as object) },
  }))
}
