import type { AcceptStatements } from './accept.ts'

/** Accept on SQLite: the write lock is held from the first statement, so the guard is one UPDATE. */
export const sqliteAccept: AcceptStatements = {
  reserve: async (tx, epoch, count) => {
    const [row] = await tx.$queryRaw<{ sequence: number | bigint }[]>`
      UPDATE catalog SET sequence = sequence + ${count} WHERE id = 1 AND epoch = ${epoch} RETURNING sequence`
    if (row === undefined) return undefined
    const last = BigInt(row.sequence)
    return Array.from({ length: count }, (_, index) => last - BigInt(count - 1 - index))
  },

  insertNotificaties: async (tx, rows) => {
    await tx.$executeRaw`
      INSERT INTO notificatie (id, sequence, kanaal, body, format, client_id, received_at)
      SELECT value->>'id', value->>'sequence', value->>'kanaal', value->>'body', value->>'format',
             value->>'clientId', value->>'receivedAt'
      FROM json_each(${rows})`
  },

  insertDeliveries: async (tx, rows, dueAt) => {
    await tx.$executeRaw`
      INSERT INTO delivery (sequence, abonnement_id, replay, notificatie_id, state, due_at, attempt)
      SELECT value->>'sequence', value->>'abonnementId', 0, value->>'notificatieId', 0, ${BigInt(dueAt)}, 0
      FROM json_each(${rows})`
  },
}
