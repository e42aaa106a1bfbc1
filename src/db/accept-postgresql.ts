import type { AcceptStatements } from './accept.ts'

/**
 * Accept on PostgreSQL. The guard locks the catalog row FOR SHARE: accepts of several replicas pass
 * together, a write to a kanaal or abonnement waits for them, and one that came first is seen, because
 * a locked row is read again before its condition is decided.
 */
export const postgresqlAccept: AcceptStatements = {
  reserve: async (tx, epoch, count) => {
    const numbers = await tx.$queryRaw<{ sequence: number | bigint }[]>`
      SELECT nextval('notificatie_sequence') AS sequence
      FROM (SELECT 1 FROM catalog WHERE id = 1 AND epoch = ${BigInt(epoch)} FOR SHARE) AS guard,
           generate_series(1, ${count}::int)`
    return numbers.length === 0 ? undefined : numbers.map(({ sequence }) => BigInt(sequence))
  },

  insertNotificaties: async (tx, rows) => {
    await tx.$executeRaw`
      INSERT INTO notificatie (id, sequence, kanaal, body, format, client_id, received_at, traceparent)
      SELECT id, sequence, kanaal, body, format, "clientId", "receivedAt", traceparent
      FROM json_to_recordset(${rows}::json) AS row(
        id text, sequence bigint, kanaal text, body text, format int, "clientId" text, "receivedAt" bigint,
        traceparent text)`
  },
}
