// The whole path with the built program: the three forms of the Open Notificaties manual declared and applied,
// a notificatie published by Open Zaak and routed, a client refused, a credential taken out of the file.
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { parse, stringify } from 'yaml'
import { packageRoot } from '../../src/common/package-root.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { AutorisatiesApi } from '../support/autorisaties-api.ts'
import { assertNoLeak, canary } from '../support/canary.ts'
import { onEachDatabase } from '../support/databases.ts'
import { bode, serve } from '../support/program.ts'
import { Receiver } from '../support/receiver.ts'
import { makeToken } from '../support/token.ts'

const EXAMPLE = join(packageRoot, 'examples/open-zaak/bode.yaml')
const SECRETS = {
  OPEN_ZAAK_AUTORISATIES_SECRET: canary('autorisaties'),
  OPEN_ZAAK_SECRET: canary('open-zaak'),
  LEZER_SECRET: canary('lezer'),
  ZAC_KEY: canary('zac-callback'),
  ARCHIEF_KEY: `Bearer ${canary('archief-callback')}`,
}
const MESSAGE = {
  kanaal: 'zaken',
  hoofdObject: 'http://openzaak:8000/zaken/api/v1/zaken/1',
  resource: 'status',
  resourceUrl: 'http://openzaak:8000/zaken/api/v1/statussen/2',
  actie: 'create',
  aanmaakdatum: '2026-01-01T12:00:00.123Z',
  kenmerken: {
    bronorganisatie: '517439943',
    zaaktype: 'https://catalogi.nl/1',
    vertrouwelijkheidaanduiding: 'openbaar',
  },
}

onEachDatabase(t, 'from the three forms to a routed notificatie, and back', async (t, url) => {
  const api = await AutorisatiesApi.start(t)
  api.clientId = 'open-notificaties'
  api.secret = SECRETS.OPEN_ZAAK_AUTORISATIES_SECRET
  api.knows(
    { clientIds: ['open-zaak'], scopes: ['notificaties.publiceren', 'notificaties.consumeren'] },
    { clientIds: ['lezer'], scopes: ['notificaties.consumeren'] },
  )
  const [zac, archief, elsewhere] = await Promise.all([Receiver.start(t), Receiver.start(t), Receiver.start(t)])
  const folder = t.testdir({ 'gemeente.yaml': gemeente({ zac, archief, elsewhere }) })
  const document = join(folder, 'open-zaak.yaml')
  await writeFile(document, exampleFor(api.apiRoot))
  const environment = { DATABASE_URL: url, BODE_MASTER_KEY: newMasterKey(), ...SECRETS }
  const outputs: string[] = []
  const run = async (...args: string[]): Promise<{ exit: number; stdout: string }> => {
    const { exit, stdout, stderr } = await bode(args, environment, folder)
    outputs.push(stdout, stderr)
    if (![0, 2].includes(exit)) t.comment(stderr)
    return { exit, stdout }
  }

  t.equal((await run('apply', '-f', folder, '--auto-approve')).exit, 0, 'applying creates them')
  const again = await run('apply', '-f', folder, '--auto-approve')
  t.match(again, { exit: 0, stdout: /No changes/ }, 'twice changes nothing')

  const server = await serve(t, environment)
  const publish = (clientId: string, secret: string) =>
    post(server.url, makeToken({ clientId, secret, now: Date.now() }))

  const accepted = await publish('open-zaak', SECRETS.OPEN_ZAAK_SECRET)
  t.match(accepted, { status: 201, body: { ...MESSAGE, aanmaakdatum: '2026-01-01T12:00:00.123000Z' } })
  await until(() => zac.requests.length + archief.requests.length === 2)
  for (const [receiver, authorization] of [
    [zac, SECRETS.ZAC_KEY],
    [archief, SECRETS.ARCHIEF_KEY],
  ] as const) {
    const [got] = receiver.requests
    t.strictSame(JSON.parse(got?.body ?? ''), MESSAGE, 'exactly the seven fields')
    t.equal(got?.headers.authorization, authorization, 'with its own Authorization')
  }
  t.equal(elsewhere.requests.length, 0, 'an abonnement whose filter does not match gets nothing')
  t.match(await publish('lezer', SECRETS.LEZER_SECRET), {
    status: 403,
    body: { code: 'permission_denied', detail: /notificaties\.publiceren/ },
  })
  const withoutPrefix = api.requests.filter(({ headers }) => headers.authorization?.startsWith('Bearer ') !== true)
  t.strictSame(withoutPrefix, [], 'the Autorisaties API was asked with a token')

  const plan = await planOneField(t, run, document)
  t.equal(plan.exit, 2)

  await writeFile(document, exampleFor(api.apiRoot, { without: 'open-zaak' }))
  const removal = await run('apply', '-f', folder, '--auto-approve')
  const applied = performance.now()
  t.match(removal, { exit: 0, stdout: /clientCredentials\.open-zaak/ })
  let last = 201
  while (last === 201 && performance.now() - applied < 20_000) {
    await sleep(10)
    last = (await publish('open-zaak', SECRETS.OPEN_ZAAK_SECRET)).status
  }
  t.comment(`refused ${Math.round(performance.now() - applied)} ms after the apply`)
  t.match(await publish('open-zaak', SECRETS.OPEN_ZAAK_SECRET), {
    status: 403,
    body: { code: 'invalid-client-identifier' },
  })

  t.equal(await server.stop(), 0, 'a complete graceful stop exits 0')
  for (const output of [...outputs, server.output()]) assertNoLeak(t, output, 'the output of the program')
  if (url.startsWith('file:')) {
    for (const suffix of ['', '-wal']) assertNoLeak(t, fileOrNothing(`${url.slice(5)}${suffix}`), `bode.db${suffix}`)
  }
})

/** Edits one field, plans, and puts it back: the plan shows exactly that field and where it stands. */
async function planOneField(
  t: Test,
  run: (...args: string[]) => Promise<{ exit: number; stdout: string }>,
  document: string,
): Promise<{ exit: number }> {
  const text = readFileSync(document, 'utf8')
  const edited = text.replace('userRepresentation: Open Notificaties', 'userRepresentation: Bode')
  const line = edited.split('\n').findIndex((each) => each.includes('userRepresentation: Bode')) + 1
  await writeFile(document, edited)
  const plan = await run('plan', '-f', join(document, '..'), '--detailed-exitcode', '--format', 'json')
  const { changes } = JSON.parse(plan.stdout) as { changes: { address: string; fields: unknown[] }[] }
  t.match(changes, [
    {
      address: 'externalCredentials.open-zaak-autorisaties',
      action: 'update',
      fields: [{ path: 'userRepresentation', before: 'Open Notificaties', after: 'Bode', origin: { line } }],
    },
  ])
  t.equal(changes.length, 1)
  t.equal(changes[0]?.fields.length, 1)
  await writeFile(document, text)
  const back = await run('plan', '-f', join(document, '..'), '--detailed-exitcode')
  t.match(back, { exit: 0, stdout: /No changes/ })
  return plan
}

/** The example as it stands in the repository, with the address of this test's Autorisaties API. */
function exampleFor(apiRoot: string, { without }: { without?: string } = {}): string {
  const text = readFileSync(EXAMPLE, 'utf8').replaceAll(/https:\/\/[^\s]*\/autorisaties\/api\/v1\//g, apiRoot)
  if (without === undefined) return text
  const document = parse(text) as { clientCredentials: Record<string, unknown> }
  delete document.clientCredentials[without]
  return stringify(document)
}

/** What else this test needs, as a configuration of its own: another owner in the same database. */
function gemeente(receivers: Record<'zac' | 'archief' | 'elsewhere', Receiver>): string {
  const { zac, archief, elsewhere } = receivers
  return stringify({
    apiVersion: 'bode/v1',
    kind: 'Configuration',
    metadata: { name: 'gemeente' },
    clientCredentials: { lezer: { secret: { env: 'LEZER_SECRET' } } },
    kanalen: { zaken: { filters: ['bronorganisatie', 'zaaktype', 'vertrouwelijkheidaanduiding'] } },
    abonnementen: {
      zac: {
        callbackUrl: `${zac.url}/rest/notificaties?bron=bode`,
        auth: { type: 'api_key', value: { env: 'ZAC_KEY' } },
        kanalen: [{ naam: 'zaken', filters: { vertrouwelijkheidaanduiding: 'openbaar' } }],
      },
      archief: {
        callbackUrl: `${archief.url}/`,
        auth: { type: 'api_key', value: { env: 'ARCHIEF_KEY' } },
        kanalen: [{ naam: 'zaken' }],
      },
      elsewhere: {
        callbackUrl: `${elsewhere.url}/`,
        auth: { type: 'no_auth' },
        kanalen: [{ naam: 'zaken', filters: { vertrouwelijkheidaanduiding: 'geheim' } }],
      },
    },
    egress: { policy: 'private', allow: ['127.0.0.0/8'] },
  })
}

async function post(root: string, token: string): Promise<{ status: number; body: unknown }> {
  const { statusCode, body } = await request(`${root}/api/v1/notificaties`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(MESSAGE),
  })
  return { status: statusCode, body: await body.json() }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not come about within 20 s')
    await sleep(5)
  }
}

function fileOrNothing(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}
