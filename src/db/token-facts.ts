import type { Database } from './open.ts'

/** What `bode token` needs to know of one client credential. */
export type TokenFacts = {
  id: string
  owner: string
  /** `zgw` or `static`. */
  type: string
  /** The sealed current secret; undefined when it has none. */
  ciphertext: string | undefined
  /** The plan of the owner's last generation, as JSON. */
  lastPlan: string | undefined
}

/** Reads them; undefined when there is no such client. */
export async function readTokenFacts(database: Database, clientId: string): Promise<TokenFacts | undefined> {
  return database.consistentRead(async (tx) => {
    const credential = await tx.clientCredential.findUnique({ where: { clientId } })
    if (credential === null) return undefined
    const { id, owner, type } = credential
    const secret = await tx.secret.findFirst({ where: { objectId: id, field: 'secret', slot: 'current' } })
    const generation = await tx.generation.findFirst({ where: { owner }, orderBy: { number: 'desc' } })
    return { id, owner, type, ciphertext: secret?.ciphertext, lastPlan: generation?.plan }
  })
}

/** The client ids that exist, for a message. */
export async function knownClientIds(database: Database): Promise<string[]> {
  const rows = await database.reader.clientCredential.findMany({
    select: { clientId: true },
    orderBy: { clientId: 'asc' },
  })
  return rows.map(({ clientId }) => clientId)
}
