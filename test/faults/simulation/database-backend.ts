import { acceptNotificaties } from '../../../src/db/accept.ts'
import { cancelDeliveries } from '../../../src/db/cancel-deliveries.ts'
import { bumpEpoch } from '../../../src/db/catalog.ts'
import { createDeliveryStore } from '../../../src/db/delivery-store.ts'
import { insertDeliveries } from '../../../src/db/insert-deliveries.ts'
import type { Database } from '../../../src/db/open.ts'
import { lockOrderingKeys, orderingKeysOf } from '../../../src/db/ordering-keys.ts'
import { removeServerRow, writeServerRow } from '../../../src/db/server-row.ts'
import type { Backend } from './backend.ts'

/** A real database as a backend, emptied first. Calls follow one another: what runs beside what, other tests show. */
export async function databaseBackend(database: Database): Promise<Backend> {
  const { provider, reader } = database
  await database.transaction(async (tx) => {
    await tx.attempt.deleteMany()
    await tx.deliveryDone.deleteMany()
    await tx.delivery.deleteMany()
    await tx.notificatie.deleteMany()
    await tx.abonnementState.deleteMany()
    await tx.server.deleteMany()
    await tx.catalog.update({ where: { id: 1 }, data: { epoch: 1n } })
  })
  const epoch = async (): Promise<number> =>
    Number((await reader.catalog.findUniqueOrThrow({ where: { id: 1 } })).epoch)
  return {
    store: createDeliveryStore(database),
    epoch,
    publish: async ({ id, body, addressees }, now) => {
      const row = { id, kanaal: 'zaken', body, format: 1, clientId: 'simulation', receivedAt: now, addressees }
      const written = await acceptNotificaties(database, [row], { epoch: await epoch(), now, atCommit: () => {} })
      if (!written) throw new Error('the epoch moved during an accept, and nobody moved it')
    },
    replay: async ({ sequence, abonnementId, replay, notificatieId, orderingKey }, now) => {
      const row = { sequence, abonnementId, replay: replay + 1, notificatieId, orderingKey }
      await database.transaction(async (tx) => {
        await lockOrderingKeys(tx, provider, orderingKeysOf([row]))
        await insertDeliveries(tx, provider, [row], now)
      })
    },
    remove: (abonnementId, now) =>
      database.transaction(async (tx) => {
        await bumpEpoch(tx)
        await cancelDeliveries(tx, provider, [abonnementId], now)
      }),
    bumpEpoch: () => database.transaction((tx) => bumpEpoch(tx)),
    setStatus: async (abonnementId, status, now) => {
      await database.transaction((tx) =>
        tx.abonnementState.upsert({
          where: { abonnementId },
          create: { abonnementId, status, changedAt: BigInt(now) },
          update: { status, changedAt: BigInt(now) },
        }),
      )
    },
    heartbeat: (id, now) => {
      const row = { id, host: 'simulation', pid: 1, version: '0', startedAt: now, generation: 1, reason: null }
      return writeServerRow(database, { ...row, state: 'ok' }, now)
    },
    forgetServer: (id) => removeServerRow(database, id),
    hot: async () => (await reader.delivery.findMany()).map((row) => ({ ...row, sequence: Number(row.sequence) })),
    done: async () =>
      (await reader.deliveryDone.findMany()).map((row) => {
        return { ...row, sequence: Number(row.sequence), outcome: row.outcome as 'delivered' }
      }),
  }
}
