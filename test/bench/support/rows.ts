import type { Database } from '../../../src/db/open.ts'
import { openDatabase } from '../../../src/db/open.ts'
import { query } from '../../support/postgres.ts'
import { messageBody } from '../../support/notificatie.ts'

/** Rows of deliveries in one statement. */
const CHUNK = 100_000
const BODY = JSON.stringify(messageBody())

/**
 * Adds messages for all abonnementen that have no filter, until `total` deliveries wait, all due; or until `total` have
 * ended well. Written by the database itself, for a program would take hours for it.
 */
export async function fill(databaseUrl: string, what: 'waiting' | 'finished', total: number): Promise<void> {
  const database = await openDatabase(databaseUrl)
  try {
    const { reader } = database
    const there = await (what === 'waiting' ? reader.delivery.count() : reader.deliveryDone.count())
    const ids = (await reader.abonnement.findMany({ select: { id: true, name: true } }))
      .filter(({ name }) => name.startsWith('abonnement-'))
      .map(({ id }) => id)
    const last = Number((await reader.notificatie.aggregate({ _max: { sequence: true } }))._max.sequence ?? 0)
    const end = last + Math.ceil(Math.max(0, total - there) / ids.length)
    const step = Math.ceil(CHUNK / ids.length)
    for (let first = last + 1; first <= end; first += step) {
      await insert(database, what, { first, last: Math.min(first + step - 1, end), ids })
    }
  } finally {
    await database.close()
  }
  await settle(databaseUrl)
}

type Range = { first: number; last: number; ids: readonly string[] }

async function insert(database: Database, what: 'waiting' | 'finished', { first, last, ids }: Range): Promise<void> {
  const [from, to, now, json] = [BigInt(first), BigInt(last), BigInt(Date.now()), JSON.stringify(ids)]
  await database.rawTransaction(async (tx) => {
    if (database.provider === 'sqlite') {
      await tx.$executeRaw`UPDATE catalog SET sequence = ${to} WHERE id = 1`
      await tx.$executeRaw`
        INSERT INTO notificatie (id, sequence, kanaal, body, format, client_id, received_at)
        WITH RECURSIVE number(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM number WHERE n < ${to})
        SELECT printf('00000000-0000-7000-8000-%012x', n), n, 'zaken', ${BODY}, 1, 'openzaak', ${now} FROM number`
      await (what === 'waiting'
        ? tx.$executeRaw`
            INSERT INTO delivery (sequence, abonnement_id, replay, notificatie_id, state, due_at, attempt)
            WITH RECURSIVE number(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM number WHERE n < ${to})
            SELECT n, value, 0, printf('00000000-0000-7000-8000-%012x', n), 0, ${now}, 0
            FROM number CROSS JOIN json_each(${json})`
        : tx.$executeRaw`
            INSERT INTO delivery_done
              (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, last_status, finished_at)
            WITH RECURSIVE number(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM number WHERE n < ${to})
            SELECT n, value, 0, printf('00000000-0000-7000-8000-%012x', n), 'delivered', 1, 204, ${now}
            FROM number CROSS JOIN json_each(${json})`)
    } else {
      await tx.$queryRaw`SELECT setval('notificatie_sequence', ${to}::bigint)`
      await tx.$executeRaw`
        INSERT INTO notificatie (id, sequence, kanaal, body, format, client_id, received_at)
        SELECT '00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'), n, 'zaken', ${BODY}, 1, 'openzaak', ${now}::bigint
        FROM generate_series(${from}::bigint, ${to}::bigint) AS n`
      await (what === 'waiting'
        ? tx.$executeRaw`
            INSERT INTO delivery (sequence, abonnement_id, replay, notificatie_id, state, due_at, attempt)
            SELECT n, id, 0, '00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'), 0, ${now}::bigint, 0
            FROM generate_series(${from}::bigint, ${to}::bigint) AS n, json_array_elements_text(${json}::json) AS id`
        : tx.$executeRaw`
            INSERT INTO delivery_done
              (sequence, abonnement_id, replay, notificatie_id, outcome, attempts, last_status, finished_at)
            SELECT n, id, 0, '00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'), 'delivered', 1, 204, ${now}::bigint
            FROM generate_series(${from}::bigint, ${to}::bigint) AS n, json_array_elements_text(${json}::json) AS id`)
    }
  })
}

/** What a database does later, on its own, after so many rows: now, and not in a window. */
async function settle(databaseUrl: string): Promise<void> {
  if (databaseUrl.startsWith('file:')) {
    const database = await openDatabase(databaseUrl)
    await database.reader.$queryRaw`PRAGMA wal_checkpoint(TRUNCATE)`
    await database.close()
  } else {
    await query(databaseUrl, 'VACUUM (ANALYZE)')
    await query(databaseUrl, 'CHECKPOINT')
  }
}
