import type { Client, Transaction } from '../open.ts'
import type { Provider } from '../target.ts'

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
}

/** The last generation of each of these owners; those who never applied are left out. */
export async function lastGenerations(
  client: Client | Transaction,
  owners: readonly string[],
): Promise<Map<string, { number: number; digest: string }>> {
  const newest = await client.generation.groupBy({
    by: ['owner'],
    where: { owner: { in: [...owners] } },
    _max: { number: true },
  })
  const rows = await client.generation.findMany({
    where: { number: { in: newest.flatMap(({ _max }) => _max.number ?? []) } },
    select: { owner: true, number: true, digest: true },
  })
  return new Map(rows.map(({ owner, number, digest }) => [owner, { number, digest }]))
}

/** Writes generations, and tells PostgreSQL's listeners; they hear it when the transaction commits. */
export async function insertGenerations(
  tx: Transaction,
  provider: Provider,
  rows: readonly GenerationRow[],
  now: number,
): Promise<void> {
  await tx.generation.createMany({ data: rows.map((row) => ({ ...row, appliedAt: BigInt(now) })) })
  if (provider === 'postgresql') {
    await tx.$executeRaw`SELECT pg_notify('bode_generation', ${String(rows.at(-1)?.number)})`
  }
}
