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
    // Lists and not objects: SQLite finds a place faster than a name.
    const lists = rows.map(({ id, sequence, kanaal, body, format, clientId, receivedAt, traceparent = null }) => {
      return [id, sequence, kanaal, body, format, clientId, receivedAt, traceparent]
    })
    await tx.$executeRaw`
      INSERT INTO notificatie (id, sequence, kanaal, body, format, client_id, received_at, traceparent)
      SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7
      FROM json_each(${JSON.stringify(lists)})`
  },
}
