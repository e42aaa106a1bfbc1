import t from 'tap'
import { Secret } from '../../../src/common/secret.ts'
import type { Database } from '../../../src/db/open.ts'
import { fingerprint } from '../../../src/secrets/fingerprint.ts'
import { loadMasterKey } from '../../../src/secrets/master-key.ts'
import { seal } from '../../../src/secrets/sealing.ts'
import { onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { EVERY_KIND, workplace, type Workplace } from '../../support/documents.ts'

const UUID = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'
const ENTRY = `  eigen:
    uuid: ${UUID}
    callbackUrl: https://zac.example.nl/cb
    auth: { type: api_key, value: { env: EIGEN_KEY } }
    kanalen: [{ naam: zaken }]
`

/** An abonnement and a delivery to it, as a client and a publisher make them. */
async function apiAbonnement(database: Database, { environment }: Workplace, value: string): Promise<void> {
  const key = loadMasterKey(environment)
  const place = { objectId: UUID, kind: 'abonnementen', field: 'auth.value', slot: 'current' }
  const secret = new Secret(value)
  await database.transaction(async (tx) => {
    await tx.abonnement.create({
      data: {
        id: UUID,
        name: UUID,
        owner: 'client:zac',
        hash: '',
        callbackUrl: 'https://zac.example.nl/cb',
        auth: '{"type":"api_key"}',
        kanalen: JSON.stringify([{ naam: 'zaken', filters: {}, acties: [], resources: [] }]),
        cloudEvents: '{"send":false,"filters":[]}',
        delivery: '{}',
        createdAt: 1n,
        updatedAt: 1n,
        updatedBy: 'client:zac',
      },
    })
    await tx.secret.create({
      data: { ...place, ciphertext: seal(key, secret, place), fingerprint: fingerprint(key, secret, place) },
    })
    await tx.delivery.create({
      data: { sequence: 1n, abonnementId: UUID, replay: 0, notificatieId: 'n', state: 0, dueAt: 1n, attempt: 0 },
    })
  })
}

const withEntry = (text: string): string => text.replace('egress:', `${ENTRY}egress:`)

onEachDatabase(
  t,
  'an abonnement of the API is adopted under the name in the document, with its queue',
  async (t, url) => {
    const place = workplace(t, url)
    const { bode, write } = place
    await bode(['apply', '--auto-approve'])
    const database = await openTestDatabase(t, url)
    await apiAbonnement(database, place, 'the key of zac')
    const environment = { EIGEN_KEY: 'the key of zac' }
    write(withEntry(EVERY_KIND))
    t.match(await bode(['plan'], { environment }), {
      exit: 5,
      stderr: /made through the API by the client "zac"[^]*to take it over: bode adopt abonnementen\/482a09ff/,
    })
    const done = await bode(['adopt', `abonnement/${UUID}`, '--note', 'ours'], { environment })
    t.match(done, {
      exit: 0,
      stdout: `Adopted abonnementen.${UUID} as abonnementen.eigen; before it belonged to "client:zac".\nThat is generation 2.\n`,
    })
    t.match(
      (await bode(['plan'], { environment })).stdout,
      /~ abonnementen\.eigen[^]*same value [0-9a-f]{8} +API -> env:EIGEN_KEY[^]*0 to create, 1 to update, 0 to delete/,
    )
    t.match(await database.reader.abonnement.findFirst({ where: { id: UUID } }), { name: 'eigen', owner: 'gemeente' })
    t.equal(await database.reader.delivery.count(), 1)
    t.match((await bode(['history'])).stdout, /^2 +adopt +gemeente [^\n]* \+0 ~1 -0[^\n]*\n +ours\n/)
    t.match(
      (await bode(['show', '2'])).stdout,
      /abonnementen\.eigen +renamed from 482a[^]*owner +client:zac -> gemeente/,
    )
    t.match((await bode(['status'])).stdout, /as applied/)
    t.equal((await bode(['apply', '--auto-approve'], { environment })).exit, 0)
    t.match(await bode(['rollback', '2', '--auto-approve']), { exit: 0, stdout: /0 created, 1 updated, 0 deleted/ })
    t.match(await database.reader.secret.findMany({ where: { objectId: UUID } }), [{ reference: null }])
    t.match(await bode(['adopt', `abonnement/${UUID}`]), { exit: 0, stdout: /^Nothing to do/ })
  },
)

onEachDatabase(
  t,
  'what the document does not declare is printed to be pasted, and then plans to nothing',
  async (t, url) => {
    const place = workplace(t, url)
    const { bode, write } = place
    await bode(['apply', '--auto-approve'])
    await apiAbonnement(await openTestDatabase(t, url), place, 'the key of zac')
    const { exit, stdout } = await bode(['adopt', `abonnementen/${UUID}`, '--name', 'zac-eigen'])
    t.equal(exit, 0)
    const [, yaml = ''] = stdout.split('deletes it:\n\n')
    t.match(yaml, /^abonnementen:\n {2}zac-eigen:\n {4}uuid: 482a/)
    t.match(yaml, /# The reference is not known/)
    const variable = /env: (\w+)/.exec(yaml)?.[1] ?? ''
    write(EVERY_KIND.replace('egress:', `${yaml.replace('abonnementen:\n', '')}egress:`))
    const plan = await bode(['plan'], { environment: { [variable]: 'the key of zac' } })
    t.match(plan.stdout, /0 to create, 1 to update, 0 to delete/)
    t.match(plan.stdout, /same value [0-9a-f]{8} +API -> env:/)
  },
)

onEachDatabase(t, "another configuration's object is taken only when that is said", async (t, url) => {
  const { bode, write } = workplace(t, url)
  const [head = ''] = EVERY_KIND.split('autorisaties:')
  write(`${head.replace('gemeente', 'eerste')}kanalen: { zaken: {}, besluiten: {} }\n`, 'eerste.yaml')
  write(`${head}kanalen: { zaken: {}, documenten: {} }\n`)
  t.equal((await bode(['apply', '--auto-approve', '-f', 'eerste.yaml'])).exit, 0)
  t.match(await bode(['adopt', 'kanaal/zaken']), { exit: 5, stderr: /belongs to "eerste"; --from eerste/ })
  t.match(await bode(['adopt', 'kanaal/zaken', '--from', 'x']), { exit: 5, stderr: /belongs to "eerste"/ })
  const database = await openTestDatabase(t, url)
  const before = await database.reader.kanaal.findFirst({ where: { naam: 'zaken' } })
  const done = await bode(['adopt', 'kanalen/zaken', '--from', 'eerste', '--format', 'json'])
  t.match(JSON.parse(done.stdout), { status: 'adopted', generation: 3, objects: [{ id: before?.id }], missing: null })
  t.match(await bode(['plan']), { stdout: /\+ kanalen\.documenten[^]*1 to create, 0 to update, 0 to delete/ })
  t.match(await bode(['plan', '-f', 'eerste.yaml']), { exit: 5 }, 'the first document still declares it')
  write(`${head.replace('gemeente', 'eerste')}kanalen: { besluiten: {} }\n`, 'eerste.yaml')
  t.match(await bode(['plan', '-f', 'eerste.yaml']), { stdout: /^No changes\. 1 object matches generation 2/ })
  t.match((await bode(['drift', '--owner', 'eerste'])).stdout, /^(?!.*zaken)/s)
  t.match((await bode(['show', '2'])).stdout, /- kanalen\.zaken[^]*"gemeente" takes it over/)
  t.match((await bode(['status'])).stdout, /eerste[^\n]*as applied[^]*gemeente[^\n]*as applied/)
  t.notMatch((await bode(['show', '2', '--yaml'])).stdout, /zaken/)
  t.match((await bode(['show', '3', '--yaml'])).stdout, /zaken/)
})

onEachDatabase(t, 'a wrong command line, a wrong key and a name that is taken are refused', async (t, url) => {
  const place = workplace(t, url)
  const { bode } = place
  await bode(['apply', '--auto-approve'])
  await apiAbonnement(await openTestDatabase(t, url), place, 'the key of zac')
  for (const [args, exit, stderr] of [
    [[], 64, /say what to adopt/],
    [['zaken'], 64, /is not KIND\/KEY/],
    [['kanal/zaken'], 64, /did you mean kanaal/],
    [['kanaal/zaken', '--name', 'x'], 64, /--name is for one abonnement/],
    [['kanaal/zakn'], 3, /there is no kanalen\/zakn.*did you mean "zaken"/],
    [[`abonnement/${UUID}`, '--name', 'zac'], 5, /"gemeente" has abonnementen\.zac already/],
    [['kanaal/zaken', '--owner', 'x'], 3, /no configuration "x"/],
  ] as const) {
    t.match(await bode(['adopt', ...args]), { exit, stderr })
  }
})

onEachDatabase(t, 'an object that is named twice is adopted once', async (t, url) => {
  const place = workplace(t, url)
  const { bode } = place
  await bode(['apply', '--auto-approve'])
  const database = await openTestDatabase(t, url)
  await apiAbonnement(database, place, 'the key of zac')
  const again = ['adopt', `abonnement/${UUID}`, `abonnementen/${UUID}`]
  t.match(await bode(again), { exit: 0 })
  t.match(await database.reader.abonnement.findUnique({ where: { id: UUID } }), { owner: 'gemeente' })
  t.equal(await database.reader.objectVersion.count({ where: { objectId: UUID } }), 1)
})

onEachDatabase(t, 'adopting does not change of which environment a configuration is', async (t, url) => {
  const of = (environment: string) => EVERY_KIND.replace('gemeente\n', `gemeente\n  environment: ${environment}\n`)
  const place = workplace(t, url, of('acceptatie'))
  const { bode, write } = place
  t.match(await bode(['apply', '--auto-approve']), { exit: 0 })
  const database = await openTestDatabase(t, url)
  await apiAbonnement(database, place, 'the key of zac')
  write(of('production'))
  t.match(await bode(['adopt', `abonnement/${UUID}`]), { exit: 5, stderr: /for the environment "production"/ })
  write(EVERY_KIND)
  t.match(await bode(['adopt', `abonnement/${UUID}`]), { exit: 0 })
  const last = await database.reader.generation.findFirst({ orderBy: { number: 'desc' } })
  t.match(last, { operation: 'adopt', environment: 'acceptatie' })
})
