import t from 'tap'
import type { DesiredSecret } from '../../src/config/desired-state.ts'
import { migrate } from '../../src/db/migrate.ts'
import { loadMasterKey } from '../../src/secrets/master-key.ts'
import { prepareRollback } from '../../src/reconcile/rollback.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { clientCredential, desired, envSecret, NOW, wanted } from '../support/desired.ts'
import { apply, planOf } from '../support/reconcile.ts'
import { testMasterKey } from '../support/seed.ts'

/** What the program of before there were types planned for this document under this key. */
const BEFORE = {
  masterKey: Buffer.from('0123456789abcdef0123456789ABCDEF').toString('base64url'),
  digest: 'e250ff2c38d0ebabd1101dae7fe99c705fcdc4bd3d5ea5db80e988f6fd2f507e',
}

const beforeTypes = () => {
  const previous = envSecret('ZAAK_OLD', { slot: 'previous', expiresAt: Date.UTC(2099, 0, 1) })
  const clients = [
    clientCredential('open-zaak', [envSecret('ZAAK'), previous]),
    clientCredential('drc', [envSecret('DRC')], {
      authorizedBy: 'configuration',
      scopes: ['notificaties.publiceren'],
    }),
  ]
  const environment = {
    ZAAK: 'first-canary-of-at-least-thirty-two-bytes',
    ZAAK_OLD: 'second-canary-of-at-least-thirty-two-bytes',
    DRC: 'third-canary-of-at-least-thirty-two-bytes',
  }
  const masterKey = loadMasterKey({ BODE_MASTER_KEY: BEFORE.masterKey })
  return wanted([desired('gemeente', clients)], environment, { masterKey })
}

onEachDatabase(
  t,
  'a database of before there were types has zgw clients, and its document changes nothing',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    await apply(database, beforeTypes())
    await database.transaction(async (tx) => {
      await tx.$executeRaw`ALTER TABLE client_credential DROP COLUMN type`
      await tx.$executeRaw`DELETE FROM _prisma_migrations WHERE migration_name = '0003_client_type'`
    })
    t.strictSame(await migrate(url), ['0003_client_type'])
    const rows = await database.reader.clientCredential.findMany()
    t.strictSame(
      rows.map(({ type }) => type),
      ['zgw', 'zgw'],
    )
    t.match(await planOf(database, beforeTypes()), {
      summary: { create: 0, update: 0, delete: 0, unchanged: 2, drift: { putBack: 0, kept: 0 } },
      documents: [{ digest: BEFORE.digest, base: { digest: BEFORE.digest } }],
    })
  },
)

const own = (name: string): DesiredSecret => envSecret(`secret-of-${name}`)
const sender = (name: string, ...secrets: DesiredSecret[]) => clientCredential(name, secrets, { type: 'static' })

onEachDatabase(t, 'a plan shows the type that changes, and a rollback brings the old one back', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const zgw = wanted([desired('gemeente', [clientCredential('drc', [own('drc')])])])
  const changed = wanted([desired('gemeente', [sender('drc', own('drc'))])])
  const typeOf = async () => (await database.reader.clientCredential.findFirst())?.type
  await apply(database, zgw)
  const { changes } = await planOf(database, changed)
  t.match(changes, [
    { action: 'update', address: 'clientCredentials.drc', fields: [{ path: 'type', after: 'static' }] },
  ])
  t.equal(changes[0]?.fields.length, 1)
  await apply(database, changed)
  t.equal(await typeOf(), 'static')
  t.match((await planOf(database, zgw)).changes, [{ fields: [{ path: 'type', before: 'static' }] }])

  for (const [generation, type] of [
    [1, 'zgw'],
    [2, 'static'],
  ] as const) {
    const { wanted: earlier } = await prepareRollback(database, [{ generation }], {
      masterKey: testMasterKey,
      choices: { allowance: { deletes: undefined, empty: true } },
      resolve: async () => ({ problem: 'not asked for' }),
      now: NOW,
    })
    await apply(database, earlier)
    t.equal(await typeOf(), type)
  }
})

onEachDatabase(t, 'two static clients may not have one secret, whoever declares them', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const previous = (name: string, expiresAt: number | null) =>
    envSecret(`secret-of-${name}`, { slot: 'previous', expiresAt })
  const theirs = [
    sender('theirs', own('theirs'), previous('theirs-before', NOW + 9)),
    clientCredential('zgw', [own('zgw')]),
  ]
  await apply(database, wanted([desired('other', theirs)]))
  await apply(database, wanted([desired('gemeente', [sender('a', own('a'))])]))

  const refused = { name: 'Failure', kind: 'invalid', diagnostics: [{ id: 'secret/shared' }] }
  const planning = (...clients: ReturnType<typeof sender>[]) => planOf(database, wanted([desired('gemeente', clients)]))
  const cases: [what: string, clients: ReturnType<typeof sender>[], message: RegExp | undefined][] = [
    ['with itself', [sender('b', own('b'), previous('b', NOW + 9))], undefined],
    ['with a client that signs', [sender('b', own('zgw'))], undefined],
    ['with what has ended', [sender('b', own('b')), sender('c', own('c'), previous('b', NOW))], undefined],
    [
      'with one that becomes new too',
      [sender('b', own('x')), sender('c', own('x'))],
      /^clientCredentials\.b\.secret has/,
    ],
    ['with one that stays', [sender('a', own('a')), sender('b', own('a'))], /^clientCredentials\.a\.secret has/],
    [
      'with a previous one',
      [sender('b', own('x')), sender('c', own('c'), previous('x', NOW + 9))],
      /^clientCredentials\.b\.secret has/,
    ],
    ['of another document', [sender('b', own('theirs'))], /^clientCredentials\.theirs\.secret of other has/],
    ['of another document, a previous one', [sender('b', own('theirs-before'))], /theirs\.previousSecret of other has/],
  ]
  for (const [what, clients, message] of cases) {
    if (message === undefined) t.ok(await planning(...clients), what)
    else await t.rejects(planning(...clients), { ...refused, diagnostics: [{ message }] }, what)
  }
  await t.rejects(apply(database, wanted([desired('gemeente', [sender('b', own('theirs'))])])), refused)
  t.ok(await planning(clientCredential('b', [own('theirs')])), 'a client that signs is known by its client id')
})
