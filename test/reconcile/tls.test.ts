// Certificates on their way from a document to what a server runs on, and what of them stays when somebody else
// changes the object.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { systemClock } from '../../src/common/clock.ts'
import { openDatabase, type Database } from '../../src/db/open.ts'
import { loadConfiguration } from '../../src/db/load-configuration.ts'
import { mountedSecrets } from '../../src/cli/mounted-secrets.ts'
import { refreshSecrets } from '../../src/reconcile/commit-refresh.ts'
import { buildSnapshot } from '../../src/runtime/build-snapshot.ts'
import { createSecretOpener } from '../../src/runtime/open-secrets.ts'
import { loadMasterKey } from '../../src/secrets/master-key.ts'
import { Secret } from '../../src/common/secret.ts'
import type { Snapshot } from '../../src/common/snapshot.ts'
import { updateDeclaredAbonnement } from '../../src/abonnementen/abonnement-rows.ts'
import { assertNoLeak } from '../support/canary.ts'
import { onEachDatabase } from '../support/databases.ts'
import { EVERY_KIND, workplace, type Workplace } from '../support/documents.ts'
import { dumpTables } from '../support/dump.ts'
import { authority, certified } from '../support/tls-receiver.ts'

const ca = authority('authority')
const [first, second] = [certified('first', ca), certified('second', ca)]

const DOCUMENT = EVERY_KIND.replace('egress: { policy: public }', 'egress: { ca: { file: ca.crt } }')
  .replace('    delivery: { timeout: 10s }\n', '')
  .replace(
    '    auth: { type: api_key',
    `    owner: { clientId: open-zaak }
    clientMay: [auth]
    signing: { secret: { env: AC_SECRET }, previousSecret: { env: OLD_SECRET, expiresAt: 2099-01-01T00:00:00Z } }
    tls: { ca: { file: ca.crt }, certificate: { file: tls.crt }, key: { file: tls.key } }
    auth: { type: api_key`,
  )
  .replace('    secret: { env: AC_SECRET }', '    secret: { env: AC_SECRET }\n    tls: { ca: { file: ca.crt } }')

async function applied(place: Workplace): Promise<void> {
  place.write(ca.cert, 'ca.crt')
  place.write(first.cert, 'tls.crt')
  place.write(first.key, 'tls.key')
  const { exit, stderr } = await place.bode(['apply', '--auto-approve'])
  if (exit !== 0) throw new Error(stderr)
}

async function snapshotOf(database: Database, { environment }: Workplace): Promise<Snapshot> {
  const rows = await loadConfiguration(database)
  return buildSnapshot(rows, createSecretOpener(loadMasterKey(environment))(rows))
}

const pem = (text: string): string => text.trimEnd()

onEachDatabase(
  t,
  'what a document names reaches the server, and nothing of a key is shown or stored plainly',
  async (t, url) => {
    const place = workplace(t, url, DOCUMENT)
    await applied(place)
    const database = await openDatabase(url)
    t.teardown(() => database.close())
    const snapshot = await snapshotOf(database, place)
    const [abonnement] = [...snapshot.abonnementen.values()]
    t.equal(abonnement?.tlsMaterial?.certificate?.reveal(), pem(first.cert))
    t.equal(abonnement?.tlsMaterial?.key?.reveal(), pem(first.key))
    t.equal(abonnement?.tlsMaterial?.ca?.reveal(), pem(ca.cert))
    t.equal(snapshot.externalCredentials[0]?.tlsMaterial?.ca?.reveal(), pem(ca.cert))
    const signing = abonnement?.signingSecrets?.map(({ slot, value }) => [slot, value.reveal()])
    t.strictSame(signing, [
      ['current', place.environment['AC_SECRET']],
      ['previous', place.environment['OLD_SECRET']],
    ])
    t.equal(snapshot.egressCa?.reveal(), pem(ca.cert))

    const shown = await Promise.all(
      [['export'], ['show', '1'], ['secrets', 'list'], ['plan', '--format', 'json']].map((args) => place.bode(args)),
    )
    const line = pem(first.key).split('\n')[1] ?? ''
    t.ok(line.length > 40)
    for (const { stdout, stderr } of shown) t.notMatch(stdout + stderr, line)
    const dump = JSON.stringify(await dumpTables(url))
    t.notMatch(dump, line)
    assertNoLeak(t, dump, 'any table')
    t.match(shown[0]?.stdout, /tls:\n {6}ca:\n {8}file: ca\.crt\n {6}certificate:\n {8}file: tls\.crt/)
    t.match(shown[0]?.stdout, /signing:\n {6}secret:\n {8}env: AC_SECRET\n {6}previousSecret:/)
    t.match((await place.bode(['plan'])).stdout, /No changes/)
  },
)

onEachDatabase(
  t,
  'a certificate and its key that are renewed where they stand are used without an apply',
  async (t, url) => {
    const place = workplace(t, url, DOCUMENT)
    await applied(place)
    const database = await openDatabase(url)
    t.teardown(() => database.close())
    writeFileSync(join(place.folder, 'tls.crt'), second.cert)
    writeFileSync(join(place.folder, 'tls.key'), second.key)
    const read = mountedSecrets({ environment: place.environment, cwd: place.folder })
    const masterKey = loadMasterKey(place.environment)
    const { addresses } = await refreshSecrets(database, {
      masterKey,
      read,
      actor: 'test',
      clock: systemClock,
      onAudited: () => {},
    })
    t.strictSame(addresses, ['abonnementen.zac'])
    const [abonnement] = [...(await snapshotOf(database, place)).abonnementen.values()]
    t.equal(abonnement?.tlsMaterial?.certificate?.reveal(), pem(second.cert))
    t.equal(abonnement?.tlsMaterial?.key?.reveal(), pem(second.key))
    t.match((await place.bode(['plan'])).stdout, /No changes/)
  },
)

onEachDatabase(
  t,
  'a client that changes its auth through the API leaves the certificates, and an apply changes both apart',
  async (t, url) => {
    const place = workplace(t, url, DOCUMENT)
    await applied(place)
    const database = await openDatabase(url)
    t.teardown(() => database.close())
    const [before] = [...(await snapshotOf(database, place)).abonnementen.values()]
    const { id, owner, client } = before!
    const auth = new Secret('Bearer renewed')
    await database.transaction((tx) =>
      updateDeclaredAbonnement(tx, loadMasterKey(place.environment), {
        id,
        owner,
        client: client!,
        auth,
        changes: {},
        now: Date.now(),
      }),
    )
    const current = async () => (await snapshotOf(database, place)).abonnementen.get(id)
    t.equal((await current())?.authSecret?.reveal(), 'Bearer renewed')
    t.equal((await current())?.tlsMaterial?.key?.reveal(), pem(first.key))
    t.equal((await current())?.signingSecrets?.length, 2)

    place.write(second.cert, 'tls.crt')
    place.write(second.key, 'tls.key')
    const { exit, stderr } = await place.bode(['apply', '--auto-approve'])
    t.equal(exit, 0, stderr)
    t.equal((await current())?.tlsMaterial?.key?.reveal(), pem(second.key), 'the document changed this')
    t.equal((await current())?.authSecret?.reveal(), 'Bearer renewed', "and this is still the client's")
    await place.bode(['rollback', '1', '--auto-approve', '--allow-deletes', '9'])
    t.equal((await current())?.tlsMaterial?.key?.reveal(), pem(first.key), 'a rollback restores it')
  },
)

onEachDatabase(
  t,
  'an object that lost a part in the database is refused, and not called without it',
  async (t, url) => {
    const place = workplace(t, url, DOCUMENT)
    await applied(place)
    const database = await openDatabase(url)
    t.teardown(() => database.close())
    await database.transaction((tx) => tx.secret.deleteMany({ where: { field: 'tls.key' } }))
    await t.rejects(snapshotOf(database, place), /zac has no secret tls\.key in the database/)
    await database.transaction((tx) => tx.abonnement.updateMany({ data: { tls: null } }))
    await database.transaction((tx) => tx.secret.deleteMany({ where: { field: 'signing.secret', slot: 'current' } }))
    await t.rejects(snapshotOf(database, place), 'what has to be signed does not go out unsigned')
  },
)

onEachDatabase(t, 'alerts that lost the secret of their webhook are refused, not sent without it', async (t, url) => {
  const document = EVERY_KIND.replace(
    'egress: {',
    'alerts: { url: https://alarm.example, authorization: { env: AC_SECRET } }\negress: {',
  )
  const place = workplace(t, url, document)
  await applied(place)
  const database = await openDatabase(url)
  t.teardown(() => database.close())
  t.equal((await snapshotOf(database, place)).alertsAuthorization?.reveal(), place.environment['AC_SECRET'])
  await database.transaction((tx) => tx.secret.deleteMany({ where: { field: 'authorization' } }))
  await t.rejects(snapshotOf(database, place), { message: 'alerts has no secret authorization in the database' })
})
