// What Open Notificaties tests of its admin, its TLS and its upgrades that we have in another form.
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { schemaText } from '../../src/config/schema.ts'
import { startTestApp } from '../support/app.ts'
import { makeCertificate } from '../support/certificate.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { examined, subjectsFor } from '../support/doctor.ts'
import { workplace } from '../support/documents.ts'
import { openNotificatiesDatabase, WITH_AUTH_TYPES, type OnVersion } from '../support/open-notificaties.ts'
import { bode } from '../support/program.ts'
import { Receiver } from '../support/receiver.ts'
import { listenOnLoopback } from '../support/loopback.ts'

void t.test(
  'test_abonnement_list_check_if_callback_urls_are_reachable: doctor says of each callback whether it answers',
  async (t) => {
    const [answers, refuses] = [await Receiver.start(t), await Receiver.start(t)]
    answers.answer(({ headers }) => ({ status: headers.authorization === 'key' ? 204 : 401 }))
    refuses.answer({ status: 401 })
    const auth = { type: 'api_key' as const }
    const abonnementen = {
      zac: { callbackUrl: answers.url, auth, secret: 'key' },
      gone: { callbackUrl: 'http://127.0.0.1:1/', auth, secret: 'key' },
      refuses: { callbackUrl: refuses.url, auth, secret: 'key' },
    }
    const findings = await examined(t, subjectsFor({ abonnementen }), { only: ['callbacks'] })
    t.strictSame(Object.fromEntries(findings.map(({ subject, status }) => [subject, status])), {
      'abonnementen.zac': 'ok',
      'abonnementen.gone': 'failed',
      'abonnementen.refuses': 'failed',
    })
  },
)

void t.test('test_ref_scopes: the page shows exactly two scopes, those of the document', async (t) => {
  const { app } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  const terms = [...(await app.inject('/ref/scopes/')).body.matchAll(/<dt><code>([^<]+)/g)].map(([, scope]) => scope)
  t.strictSame(terms, ['notificaties.consumeren', 'notificaties.publiceren'])
  const declared = new Set(schemaText().match(/notificaties\.[a-z]+(?=")/g))
  t.strictSame([...declared].toSorted(), terms)
})

/** A document with one abonnement, on this callback. */
const documentOf = (callbackUrl: string): string => `apiVersion: bode/v1
kind: Configuration
metadata: { name: gemeente }
kanalen: { zaken: {} }
abonnementen:
  zac: { callbackUrl: '${callbackUrl}', auth: { type: no_auth }, kanalen: [{ naam: zaken }] }
egress: { allow: [127.0.0.1] }
`

void t.test(
  'test_self_signed_ok: a certificate that NODE_EXTRA_CA_CERTS names is trusted, and only then',
  async (t) => {
    const { key, cert } = makeCertificate({ selfSigned: true })
    const server = createServer({ key, cert }, (_request, response) => response.writeHead(401).end())
    await listenOnLoopback(server)
    t.teardown(() => server.close())
    const { port } = server.address() as AddressInfo
    const folder = t.testdir({ 'bode.yaml': documentOf(`https://127.0.0.1:${port}/`), 'extra.pem': cert })
    const said = async (environment: Record<string, string>): Promise<string> =>
      (await bode(['doctor', '-f', 'bode.yaml', '--only', 'callbacks'], environment, folder)).stdout
    t.match(await said({}), /certificate/)
    t.match(await said({ NODE_EXTRA_CA_CERTS: join(folder, 'extra.pem') }), /asks for authentication/, 'it was reached')
  },
)

const UUID = '5a1c1f2e-6a2d-4a35-8f2e-0d0a6f1c2b3d'

/** What a conversion makes of a database in which abonnement UUID has these columns. */
async function converted(t: Test, version: OnVersion, columns: string): Promise<{ stdout: string; stderr: string }> {
  const change = `UPDATE datamodel_abonnement SET ${columns} WHERE uuid = '${UUID}';`
  const source = await openNotificatiesDatabase(t, version, WITH_AUTH_TYPES + change)
  const convert = ['convert', '--from', 'open-notificaties-database', '--source-url', source, '--name', 'gemeente']
  const { exit, stdout, stderr } = await workplace(t, 'file:./none.db').bode(convert)
  t.equal(exit, 0, stderr)
  return { stdout, stderr }
}

void t.test('test_migration_0023: an abonnement calls with the name that it called with before 1.16', async (t) => {
  const zgw = "auth_type = 'zgw', secret = 'x'"
  for (const [columns, clientId] of [
    ["client_id = '', auth_client_id = 'belt'", 'belt'],
    ["client_id = 'belt', auth_client_id = ''", 'belt'],
    ["client_id = 'van-wie', auth_client_id = 'belt'", 'belt'],
  ] as const) {
    const { stdout } = await converted(t, '1.15', `${zgw}, ${columns}`)
    t.match(stdout, new RegExp(`uuid: ${UUID}\n[^]*?type: zgw\n +clientId: ${clientId}\n`), columns)
  }
})

void t.test(
  'Notif.test_deliver_message_client_and_server_cert_specified: a conversion says which abonnement has a certificate',
  async (t) => {
    const { stderr } = await converted(t, '1.16', 'client_certificate_id = 4')
    t.match(stderr, new RegExp(`convert/certificate.*\n?.*${UUID}.*certificate of its own`))
    t.notMatch((await converted(t, '1.16', "auth = 'x'")).stderr, /convert\/certificate/)
  },
)
