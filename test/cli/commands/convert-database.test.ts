import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Provider } from '../../../src/db/target.ts'
import { assertNoLeak } from '../../support/canary.ts'
import { freshDatabaseUrl, onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { workplace } from '../../support/documents.ts'
import { MUNICIPALITY, openNotificatiesDatabase, WITH_AUTH_TYPES } from '../../support/open-notificaties.ts'
import { query } from '../../support/postgres.ts'

const ZAC = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'
const CONVERT = ['convert', '--from', 'open-notificaties-database', '--name', 'gemeente']

onEachDatabase(
  t,
  'a database is taken over: the document is applied, clients keep what they made',
  async (t, url, provider) => {
    const source = await openNotificatiesDatabase(t, '1.16', WITH_AUTH_TYPES)
    const { bode, folder } = workplace(t, url)
    const environment = { OPEN_NOTIFICATIES_DATABASE_URL: source }
    const taken = await bode([...CONVERT, '--out', 'new', '--secrets-out', 'files:secrets', '--import'], {
      environment,
    })
    t.equal(taken.exit, 0, taken.stderr)
    t.match(taken.stdout, /Imported 1 abonnement of API clients into .*: 1 created, 0 updated, 0 unchanged\./)
    t.match(taken.stderr, /"0f616bfd-.*" is left out: by it Open Notificaties heard/)
    t.match(taken.stderr, /client credential "leeg" is left out/)
    const yaml = readFileSync(join(folder, 'new/bode.yaml'), 'utf8')
    t.match(yaml, /^# Imported 1 abonnement/)
    t.match(yaml, /beheer-zaken:\n {4}uuid: 5a1c1f2e-6a2d-4a35-8f2e-0d0a6f1c2b3d\n/)
    t.notMatch(yaml, new RegExp(`${ZAC}|clientId: zac`), 'it stays with its client')
    const outputs = [taken, await bode(['validate', '-f', 'new']), await bode(['apply', '-f', 'new', '--auto-approve'])]
    for (const { exit, stdout, stderr } of outputs) {
      t.equal(exit, 0, stderr)
      assertNoLeak(t, stdout + stderr, 'what a person sees')
    }
    assertNoLeak(t, yaml, 'the document')
    t.match(await bode(['plan', '-f', 'new', '--detailed-exitcode']), { exit: 0, stdout: /^No changes/ })
    const database = await openTestDatabase(t, url)
    t.match(await database.reader.abonnement.findMany({ orderBy: { createdAt: 'asc' } }), [
      { id: ZAC, owner: 'client:zac', name: ZAC },
      { id: '5a1c1f2e-6a2d-4a35-8f2e-0d0a6f1c2b3d', owner: 'gemeente', name: 'beheer-zaken' },
    ])
    assertNoLeak(t, await bytesOf(url, provider), 'the bytes of the database')
    const again = await bode([...CONVERT, '--out', 'again', '--import', '--format', 'json'], { environment })
    t.match(JSON.parse(again.stdout), { imported: { created: 0, updated: 0, unchanged: 1, gone: [] } })
    await query(source, "UPDATE datamodel_abonnement SET auth = 'Bearer later' WHERE id = 1")
    t.match(await bode([...CONVERT, '--import'], { environment }), {
      exit: 0,
      stdout: /^# Imported .* 0 created, 1 updated/,
    })
    await query(source, `UPDATE datamodel_abonnement SET client_id = 'zac' WHERE id = 2`)
    t.match(await bode([...CONVERT, '--import'], { environment }), {
      exit: 5,
      stdout: '',
      stderr: /the configuration "gemeente" declares it/,
    })
  },
)

async function bytesOf(url: string, provider: Provider): Promise<string> {
  if (provider === 'postgresql') {
    const rows = await query<{ everything: string }>(url, `SELECT database_to_xml(true, false, '')::text AS everything`)
    return rows[0]?.everything ?? ''
  }
  const folder = dirname(fileURLToPath(url))
  const files = readdirSync(folder).filter((file) => file.startsWith('bode.db'))
  return files.map((file) => readFileSync(join(folder, file), 'latin1')).join('')
}

void t.test('without an import, everything is declared, with its uuid and its client', async (t) => {
  const source = await openNotificatiesDatabase(t, '1.8', MUNICIPALITY)
  const { bode, folder } = workplace(t, 'file:./none.db')
  const plain = await bode([
    ...CONVERT,
    '--source-url',
    source,
    '--out',
    '.',
    '--out',
    'd',
    '--secrets-out',
    'kubernetes:k.yaml',
  ])
  t.equal(plain.exit, 0, plain.stderr)
  const yaml = readFileSync(join(folder, 'd/bode.yaml'), 'utf8')
  t.match(
    yaml,
    new RegExp(
      `uuid: ${ZAC}\n[^]*owner:\n {6}clientId: zac\n {4}clientMay:\n {6}- auth\n {6}- kanalen\n {6}- delete\n`,
    ),
  )
  t.match(
    yaml,
    /- naam: zaken\n {8}filters:\n {10}zaaktype: .*\n {6}- naam: zaken\n {8}filters:\n {10}bronorganisatie: "002220647"/,
  )
  t.match(yaml, /retry:\n {4}maxRetries: 5\n {4}backoff: 3s\n {4}backoffMax: 48s/)
  t.match(await bode(['validate', '-f', 'd']), { exit: 0 })
  assertNoLeak(t, yaml + plain.stdout + plain.stderr, 'document and output')
  t.match(readFileSync(join(folder, 'k.yaml'), 'utf8'), Buffer.from('Bearer c4n4ry-callback').toString('base64'))
})

onEachDatabase(t, 'kanalen can be imported with their uuid too', async (t, url) => {
  const source = await openNotificatiesDatabase(t, '1.16', WITH_AUTH_TYPES)
  const { bode } = workplace(t, url)
  const environment = { OPEN_NOTIFICATIES_DATABASE_URL: source }
  const { exit, stdout } = await bode([...CONVERT, '--import', '--kanalen', 'api', '--abonnementen', 'declared'], {
    environment,
  })
  t.equal(exit, 0)
  t.match(stdout, /^# Imported 0 abonnementen of API clients and 2 kanalen into .*: 2 created/)
  t.notMatch(stdout, /^kanalen:/m)
  const database = await openTestDatabase(t, url)
  t.match(await database.reader.kanaal.findFirst({ where: { naam: 'zaken' } }), {
    id: '22222222-2222-4222-8222-222222222222',
  })
})

void t.test('what cannot be used is declared or left out, and said', async (t) => {
  const odd = `
    UPDATE datamodel_abonnement SET callback_url = 'geen url' WHERE id = 2;
    UPDATE datamodel_abonnement SET auth = '' WHERE id = 1;
    INSERT INTO datamodel_filter (filter_group_id, key, value) VALUES (1, '#resource', 'zaak');
    UPDATE authorizations_authorizationsconfig SET component = 'zrc';
    INSERT INTO datamodel_abonnement (uuid, callback_url, auth, client_id, auth_type, secret, client_certificate_id) VALUES
      ('482a09ff-286b-4d0f-a1b8-9b99c1eac0f8', 'https://dubbel.nl/', 'x', 'zac', 'api_key', '', NULL),
      (NULL, NULL, NULL, NULL, NULL, NULL, NULL),
      ('6b2d2f3e-7b3e-4b46-9f3f-1e1b7f2d3c4e', 'https://cert.nl/', '', 'partner', 'zgw', 'c4n4ry-zgw', 4);
    INSERT INTO datamodel_filtergroup (abonnement_id, kanaal_id) VALUES (6, 2);
    INSERT INTO datamodel_filter (filter_group_id, key, value) VALUES (5, '#actie', 'create');`
  const source = await openNotificatiesDatabase(t, '1.16', WITH_AUTH_TYPES + odd)
  const { bode, write } = workplace(t, await freshDatabaseUrl(t, 'sqlite'))
  const environment = { OPEN_NOTIFICATIES_DATABASE_URL: source }
  const outputs = [await bode(CONVERT, { environment }), await bode([...CONVERT, '--import'], { environment })]
  for (const { exit, stdout, stderr } of outputs) {
    t.equal(exit, 0, stderr)
    assertNoLeak(t, stdout + stderr, 'the output')
    for (const id of ['component', 'certificate', 'left-out']) t.match(stderr, `convert/${id}`)
    write(stdout)
    t.match(await bode(['validate']), { exit: 0 })
  }
  t.match(outputs[0]?.stderr, /convert\/empty-auth/)
  for (const { stderr } of outputs) t.match(stderr, /482a09ff.* has a filter "#resource"/, 'also of what is imported')
})

void t.test('a database that is none of ours to read is exit 8', async (t) => {
  const { bode } = workplace(t, 'file:./none.db')
  for (const [version, message] of [
    ['1.7', /older than 1\.8/],
    ['next', /newer/],
    ['other', /not a database/],
  ] as const) {
    const environment = { OPEN_NOTIFICATIES_DATABASE_URL: await openNotificatiesDatabase(t, version) }
    t.match(await bode(CONVERT, { environment }), { exit: 8, stdout: '', stderr: message })
  }
  t.match(await bode([...CONVERT, '--source-url', 'postgresql://a:c4n4ry@127.0.0.1:1/x']), {
    exit: 8,
    stderr: /cannot read postgresql:\/\/127\.0\.0\.1:1\/x/,
  })
})
