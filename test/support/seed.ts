import type { Database } from '../../src/db/open.ts'
import { Secret } from '../../src/common/secret.ts'
import { loadMasterKey, newMasterKey } from '../../src/secrets/master-key.ts'
import { seal } from '../../src/secrets/sealing.ts'

/** A master key of this test's own. */
export const testMasterKey = loadMasterKey({ BODE_MASTER_KEY: process.env['BODE_TEST_MASTER_KEY'] ?? newMasterKey() })

const AUDIT = { updatedAt: 1n, updatedBy: 'test' }

/** Writes a generation row, as an apply does last. */
export async function seedGeneration(database: Database, number: number): Promise<void> {
  await database.transaction((tx) =>
    tx.generation.create({
      data: { number, owner: 'test', digest: '', plan: '{}', actor: 'test', toolVersion: '0', appliedAt: 1n },
    }),
  )
}

type SeedClient = { clientId: string; secret: string; type?: 'zgw' | 'static'; key?: typeof testMasterKey }

/** Writes a client credential with one sealed secret, as an apply does. */
export async function seedClientCredential(
  database: Database,
  { clientId, secret, type = 'zgw', key = testMasterKey }: SeedClient,
): Promise<void> {
  const id = `id-of-${clientId}`
  const place = { objectId: id, kind: 'clientCredentials', field: 'secret', slot: 'current' }
  await database.transaction(async (tx) => {
    await tx.clientCredential.create({
      data: { id, clientId, type, owner: 'test', hash: '', authorizedBy: 'configuration', scopes: '[]', ...AUDIT },
    })
    await tx.secret.create({ data: { ...place, ciphertext: seal(key, new Secret(secret), place), fingerprint: '' } })
  })
}
