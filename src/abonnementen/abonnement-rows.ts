import type { AbonnementSpec, DeclaredClient } from '../common/model.ts'
import { Problem } from '../common/problem.ts'
import type { Secret } from '../common/secret.ts'
import { clientOwner } from '../common/snapshot.ts'
import { cancelDeliveries } from '../db/cancel-deliveries.ts'
import { readMeta } from '../db/meta.ts'
import type { Transaction } from '../db/open.ts'
import { toColumns } from '../db/records/abonnement.ts'
import type { Provider } from '../db/target.ts'
import { fingerprint } from '../secrets/fingerprint.ts'
import { keyInUse } from '../secrets/key-check.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { seal } from '../secrets/sealing.ts'

export type AbonnementWrite = {
  id: string
  owner: string
  spec: AbonnementSpec
  /** The new value of `auth`; undefined leaves the stored one. */
  auth: Secret | undefined
  now: number
}

/** Writes a new abonnement of a client; its name is its uuid. */
export async function insertAbonnement(tx: Transaction, key: MasterKey, write: AbonnementWrite): Promise<void> {
  const { id, owner, spec } = write
  const now = BigInt(write.now)
  const times = { createdAt: now, updatedAt: now, updatedBy: owner }
  // Only what a document declares is compared by hash.
  await tx.abonnement.create({ data: { id, name: id, owner, hash: '', ...toColumns(spec), ...times } })
  await writeAuth(tx, key, write)
}

/** Throws Problem `notFound` when the abonnement is gone or has another owner by now. */
export async function updateAbonnement(tx: Transaction, key: MasterKey, write: AbonnementWrite): Promise<void> {
  const { id, owner, spec } = write
  const data = { ...toColumns(spec), updatedAt: BigInt(write.now), updatedBy: owner }
  const { count } = await tx.abonnement.updateMany({ where: { id, owner }, data })
  if (count === 0) throw new Problem('notFound')
  await writeAuth(tx, key, write)
}

export type PermittedWrite = Pick<AbonnementWrite, 'id' | 'owner' | 'auth' | 'now'> & {
  /** The client that the abonnement is declared for, with what it may change. */
  client: DeclaredClient
  /** What changes; the rest is the configuration's. */
  changes: Partial<Pick<AbonnementSpec, 'auth' | 'kanalen'>>
}

/**
 * Writes what a client may change of an abonnement that is declared for it: these columns only, so that
 * an apply that came between is not undone. Its owner stays the configuration. Throws Problem `notFound`
 * when it is gone, or no longer permits this.
 */
export async function updateDeclaredAbonnement(tx: Transaction, key: MasterKey, write: PermittedWrite): Promise<void> {
  const { id, owner, client, changes } = write
  const data = {
    ...(changes.auth === undefined ? {} : { auth: JSON.stringify(changes.auth) }),
    ...(changes.kanalen === undefined ? {} : { kanalen: JSON.stringify(changes.kanalen) }),
    updatedAt: BigInt(write.now),
    updatedBy: clientOwner(client.clientId),
  }
  const where = { id, owner, client: JSON.stringify(client) }
  const { count } = await tx.abonnement.updateMany({ where, data })
  if (count === 0) throw new Problem('notFound')
  await writeAuth(tx, key, write)
}

/**
 * Deletes an abonnement with its secrets and ends what was still to be delivered to it. `client`: a
 * declared one, which must still be declared like that. Throws Problem `notFound` when it is gone.
 */
export async function deleteAbonnement(
  tx: Transaction,
  provider: Provider,
  { id, owner, client, now }: Pick<AbonnementWrite, 'id' | 'owner' | 'now'> & { client: DeclaredClient | undefined },
): Promise<void> {
  const where = { id, owner, ...(client === undefined ? {} : { client: JSON.stringify(client) }) }
  const { count } = await tx.abonnement.deleteMany({ where })
  if (count === 0) throw new Problem('notFound')
  await tx.secret.deleteMany({ where: { objectId: id } })
  await cancelDeliveries(tx, provider, [id], now)
}

type AuthWrite = Pick<AbonnementWrite, 'id' | 'auth'>

async function writeAuth(tx: Transaction, keys: MasterKey, { id, auth }: AuthWrite): Promise<void> {
  if (auth === undefined) return
  // A rekey may have come since this server started; it waits for this transaction, or this one for it.
  const key = keyInUse(keys, await readMeta(tx, 'master_key_check'))
  const place = { objectId: id, kind: 'abonnementen', field: 'auth.value', slot: 'current' }
  const sealed = { ciphertext: seal(key, auth, place), fingerprint: fingerprint(key, auth, place), reference: null }
  await tx.secret.deleteMany({ where: { objectId: id, field: { startsWith: 'auth.' } } })
  await tx.secret.create({ data: { ...place, ...sealed } })
}
