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
    const items = rows.map(({ id, sequence, kanaal, body, format, clientId, receivedAt, traceparent }) => {
      return { id, sequence, kanaal, body, format, clientId, receivedAt, traceparent }
    })
    await tx.$executeRaw`
      INSERT INTO notificatie (id, sequence, kanaal, body, format, client_id, received_at, traceparent)
      SELECT id, sequence, kanaal, body, format, "clientId", "receivedAt", traceparent
      FROM json_to_recordset(${JSON.stringify(items)}::json) AS row(
        id text, sequence bigint, kanaal text, body text, format int, "clientId" text, "receivedAt" bigint,
        traceparent text)`
  },

  // One round trip instead of five: 1.4 ms of CPU here for 32 messages to ten abonnementen, instead of 3.2.
  acceptAtOnce: async (tx, epoch, rows, now) => {
    const items = rows.map(({ id, kanaal, body, format, clientId, receivedAt, traceparent, addressees }) => {
      const abonnementIds = addressees.map(({ abonnementId }) => abonnementId)
      return { id, kanaal, body, format, clientId, receivedAt, traceparent, abonnementIds }
    })
    const [written] = await tx.$queryRaw<{ count: number }[]>`
      WITH guard AS MATERIALIZED (
        SELECT 1 FROM catalog WHERE id = 1 AND epoch = ${BigInt(epoch)} FOR SHARE
      ), item AS MATERIALIZED (
        SELECT nextval('notificatie_sequence') AS sequence, row.*
        FROM guard CROSS JOIN json_to_recordset(${JSON.stringify(items)}::json) AS row(
          id text, kanaal text, body text, format int, "clientId" text, "receivedAt" bigint, traceparent text,
          "abonnementIds" json)
      ), messages AS (
        INSERT INTO notificatie (id, sequence, kanaal, body, format, client_id, received_at, traceparent)
        SELECT id, sequence, kanaal, body, format, "clientId", "receivedAt", traceparent FROM item
      ), deliveries AS (
        INSERT INTO delivery (sequence, abonnement_id, replay, notificatie_id, state, due_at, attempt)
        SELECT sequence, abonnement_id, 0, id, 0, ${BigInt(now)}, 0
        FROM item CROSS JOIN json_array_elements_text("abonnementIds") AS abonnement(abonnement_id)
      )
      SELECT count(*)::int AS count FROM item`
    return written?.count === rows.length
  },
}
