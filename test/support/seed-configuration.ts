import { randomUUID } from 'node:crypto'
import type {
  AbonnementSpec,
  AuthSpec,
  AutorisatiesSpec,
  DeclaredClient,
  KanaalFilter,
  Settings,
} from '../../src/common/model.ts'
import { Secret } from '../../src/common/secret.ts'
import { bumpEpoch } from '../../src/db/catalog.ts'
import type { Database, Transaction } from '../../src/db/open.ts'
import { toColumns as abonnementColumns } from '../../src/db/records/abonnement.ts'
import { seal } from '../../src/secrets/sealing.ts'
import { testMasterKey } from './seed.ts'
import { SECRET } from './token.ts'

export type SeedConfiguration = {
  /** By client id: scopes from the configuration, or the Autorisaties API's word for it. */
  clients?: Record<string, string[] | 'autorisaties'>
  /** By client id: a second secret, with its end (epoch ms) or without. */
  previousSecrets?: Record<string, { secret: string; expiresAt: number | null }>
  /** By client id: it sends this secret itself. */
  staticSecrets?: Record<string, string>
  kanalen?: Record<string, string[]>
  abonnementen?: SeedAbonnement[]
  settings?: Partial<Settings>
  autorisaties?: AutorisatiesSpec
  externalCredential?: { apiRoot: string; clientId: string; secret: string }
}

export type SeedAbonnement = {
  id?: string
  owner?: string
  callbackUrl: string
  /** Its secret: the whole Authorization header, unless `authSpec` says what else it is for. */
  auth?: string
  authSpec?: AuthSpec
  kanalen?: KanaalFilter[]
  cloudEvents?: AbonnementSpec['cloudEvents']
  client?: DeclaredClient
}

/** The document that seeded objects belong to. */
export const OWNER = 'gemeente-test'

const AUDIT = { updatedAt: 1n, updatedBy: 'test' }
const DECLARED = { owner: OWNER, hash: '', ...AUDIT }

/** Writes a configuration as an apply would: rows, sealed secrets, epoch and generation. */
export async function seedConfiguration(database: Database, configuration: SeedConfiguration): Promise<void> {
  await database.transaction(async (tx) => {
    await bumpEpoch(tx)
    await seedClients(tx, configuration)
    await seedCatalog(tx, configuration)
    for (const [section, value] of Object.entries(configuration.settings ?? {})) {
      await tx.setting.create({ data: { id: randomUUID(), section, value: JSON.stringify(value), ...DECLARED } })
    }
    await seedAutorisaties(tx, configuration)
    const [last] = await tx.generation.findMany({ orderBy: { number: 'desc' }, take: 1 })
    const meta = { owner: OWNER, digest: '', plan: '{}', actor: 'test', toolVersion: '0', appliedAt: 1n }
    await tx.generation.create({ data: { number: (last?.number ?? 0) + 1, ...meta } })
  })
}

async function seedClients(tx: Transaction, configuration: SeedConfiguration): Promise<void> {
  const { clients = {}, previousSecrets = {}, staticSecrets = {} } = configuration
  for (const [clientId, scopes] of Object.entries(clients)) {
    const id = randomUUID()
    const rights =
      scopes === 'autorisaties'
        ? { authorizedBy: 'autorisaties', scopes: '[]' }
        : { authorizedBy: 'configuration', scopes: JSON.stringify(scopes) }
    const own = staticSecrets[clientId]
    const type = own === undefined ? 'zgw' : 'static'
    await tx.clientCredential.create({ data: { id, clientId, type, ...rights, ...DECLARED } })
    await seedSecret(tx, { objectId: id, kind: 'clientCredentials', field: 'secret', slot: 'current' }, own ?? SECRET)
    const previous = previousSecrets[clientId]
    if (previous === undefined) continue
    const place = { objectId: id, kind: 'clientCredentials', field: 'secret', slot: 'previous' }
    await seedSecret(tx, place, previous.secret, previous.expiresAt)
  }
}

async function seedCatalog(tx: Transaction, { kanalen = {}, abonnementen = [] }: SeedConfiguration): Promise<void> {
  let createdAt = 1n
  for (const [naam, filters] of Object.entries(kanalen)) {
    const columns = { naam, documentatieLink: '', filters: JSON.stringify(filters) }
    await tx.kanaal.create({ data: { id: randomUUID(), ...columns, createdAt, ...DECLARED } })
    createdAt += 1n
  }
  for (const {
    id = randomUUID(),
    owner = OWNER,
    callbackUrl,
    auth,
    client,
    kanalen: entries = [],
    ...more
  } of abonnementen) {
    const authSpec = more.authSpec ?? { type: auth === undefined ? ('no_auth' as const) : ('api_key' as const) }
    const spec = {
      callbackUrl,
      auth: authSpec,
      kanalen: entries,
      cloudEvents: more.cloudEvents ?? { send: false, filters: [] },
      delivery: {},
      ...(client === undefined ? {} : { client }),
    }
    await tx.abonnement.create({
      data: { id, name: id, createdAt, ...abonnementColumns(spec), ...DECLARED, owner },
    })
    createdAt += 1n
    const field = authSpec.type === 'api_key' ? 'auth.value' : 'auth.secret'
    const place = { objectId: id, kind: 'abonnementen', field, slot: 'current' }
    if (auth !== undefined) await seedSecret(tx, place, auth)
  }
}

async function seedAutorisaties(
  tx: Transaction,
  { autorisaties, externalCredential }: SeedConfiguration,
): Promise<void> {
  if (autorisaties !== undefined) {
    await tx.autorisaties.create({ data: { id: randomUUID(), name: 'default', ...autorisaties, ...DECLARED } })
  }
  if (externalCredential === undefined) return
  const { apiRoot, clientId, secret } = externalCredential
  const id = randomUUID()
  const identity = { name: 'ac', apiRoot, clientId, label: '', userId: clientId, userRepresentation: clientId }
  await tx.externalCredential.create({ data: { id, ...identity, ...DECLARED } })
  await seedSecret(tx, { objectId: id, kind: 'externalCredentials', field: 'secret', slot: 'current' }, secret)
}

type SecretPlace = { objectId: string; kind: string; field: string; slot: string }

async function seedSecret(
  tx: Transaction,
  place: SecretPlace,
  value: string,
  expiresAt: number | null = null,
): Promise<void> {
  const ciphertext = seal(testMasterKey, new Secret(value), place)
  await tx.secret.create({
    data: { ...place, ciphertext, fingerprint: '', expiresAt: expiresAt === null ? null : BigInt(expiresAt) },
  })
}
