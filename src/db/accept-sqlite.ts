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
      INSERT INTO notificatie (id, sequence, kanaal, body, format, client_id, received_at, traceparent)
      SELECT value->>'id', value->>'sequence', value->>'kanaal', value->>'body', value->>'format',
             value->>'clientId', value->>'receivedAt', value->>'traceparent'
      FROM json_each(${rows})`
  },
}
