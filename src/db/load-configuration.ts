import type { Database, Transaction } from './open.ts'

/** Every configuration row of every owner, and the numbers that say how new they are. */
export type ConfigurationRows = Awaited<ReturnType<typeof readRows>>

/** Reads the whole configuration in one consistent read; one query per table. */
export function loadConfiguration(database: Database): Promise<ConfigurationRows> {
  return database.consistentRead(readRows)
}

async function readRows(tx: Transaction) {
  const catalog = await tx.catalog.findUniqueOrThrow({ where: { id: 1 } })
  const { _max } = await tx.generation.aggregate({ _max: { number: true } })
  return {
    epoch: Number(catalog.epoch),
    generation: _max.number ?? 0,
    autorisaties: await tx.autorisaties.findMany(),
    externalCredentials: await tx.externalCredential.findMany(),
    clientCredentials: await tx.clientCredential.findMany(),
    kanalen: await tx.kanaal.findMany({ orderBy: [{ createdAt: 'asc' }, { naam: 'asc' }] }),
    abonnementen: await tx.abonnement.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }),
    settings: await tx.setting.findMany(),
    secrets: await tx.secret.findMany(),
  }
}

/** The numbers that a server watches: one cheap query. */
export async function configurationVersion(database: Database): Promise<{ generation: number; epoch: number }> {
  const [row] = await database.reader.$queryRaw<{ generation: number | bigint | null; epoch: number | bigint }[]>`
    SELECT (SELECT MAX(number) FROM generation) AS generation, epoch FROM catalog WHERE id = 1`
  return { generation: Number(row?.generation ?? 0), epoch: Number(row?.epoch ?? 0) }
}
