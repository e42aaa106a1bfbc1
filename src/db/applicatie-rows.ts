import type { Database, Transaction } from './open.ts'

/** One remembered answer of the Autorisaties API; times are epoch ms. */
export type ApplicatieRow = {
  clientId: string
  /** JSON array. */
  applicaties: string
  fetchedAt: number
  /** From here on it is asked again before use. */
  validUntilAt: number
  /** Up to here it is used when the API does not answer. */
  usableUntilAt: number
}

export async function findApplicatieRow(database: Database, clientId: string): Promise<ApplicatieRow | undefined> {
  const row = await database.reader.applicatie.findUnique({ where: { clientId } })
  if (row === null) return undefined
  return {
    clientId,
    applicaties: row.applicaties,
    fetchedAt: Number(row.fetchedAt),
    validUntilAt: Number(row.validUntilAt),
    usableUntilAt: Number(row.usableUntilAt),
  }
}

export async function saveApplicatieRow(database: Database, row: ApplicatieRow): Promise<void> {
  const data = {
    applicaties: row.applicaties,
    fetchedAt: BigInt(row.fetchedAt),
    validUntilAt: BigInt(row.validUntilAt),
    usableUntilAt: BigInt(row.usableUntilAt),
  }
  const { clientId } = row
  await database.transaction((tx) =>
    tx.applicatie.upsert({ where: { clientId }, create: { clientId, ...data }, update: data }),
  )
}

/** Forgets one client's answer. */
export async function removeApplicatieRow(database: Database, clientId: string): Promise<void> {
  await database.transaction((tx) => tx.applicatie.deleteMany({ where: { clientId } }))
}

/** Forgets every answer in which the applicatie `uuid` stands; it is stored in lower case. */
export async function removeRowsOfApplicatie(database: Database, uuid: string): Promise<void> {
  const applicaties = { contains: JSON.stringify({ uuid }).slice(1, -1) }
  await database.transaction((tx) => tx.applicatie.deleteMany({ where: { applicaties } }))
}

/** Forgets every answer. */
export async function removeApplicatieRows(database: Database): Promise<void> {
  await database.transaction((tx) => forgetApplicaties(tx))
}

/** The same as part of a transaction, for an apply that changes which Autorisaties API is asked. */
export async function forgetApplicaties(tx: Transaction): Promise<void> {
  await tx.applicatie.deleteMany()
}

/** Makes every answer be asked for again; until that succeeds the old one stays usable. */
export async function expireApplicatieRows(database: Database, now: number): Promise<void> {
  const validUntilAt = BigInt(now)
  await database.transaction((tx) =>
    tx.applicatie.updateMany({ where: { validUntilAt: { gt: validUntilAt } }, data: { validUntilAt } }),
  )
}
