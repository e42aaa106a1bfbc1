// Subscribers that never call the API: their abonnementen are put there for them, which is what a configuration is
// for (real-clients §2.6).
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { canary } from '../support/canary.ts'
import { runCli } from '../support/cli.ts'
import { onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'
import { startTestServer, until } from '../support/server.ts'
import { makeToken } from '../support/token.ts'
import * as receivers from './receivers.ts'
import { jsonOf, listOf, send, type Reply, type Sent } from './support.ts'

const SECRETS = {
  PUBLISHER: canary('publisher'),
  ZAC: canary('zac'),
  OPEN_ZAAK: canary('openzaak'),
  CORSA: `Bearer ${canary('corsa')}`,
}

/** The document of a municipality, with the address of each subscriber. */
function document(url: Record<'zac' | 'openZaak' | 'corsa' | 'molz', string>): string {
  return stringify({
    apiVersion: 'bode/v1',
    kind: 'Configuration',
    metadata: { name: 'gemeente' },
    clientCredentials: {
      publisher: {
        secret: { env: 'PUBLISHER' },
        authorizedBy: 'configuration',
        scopes: ['notificaties.publiceren', 'notificaties.consumeren'],
      },
    },
    kanalen: { zaken: { filters: ['bronorganisatie', 'zaaktype', 'vertrouwelijkheidaanduiding'] } },
    abonnementen: {
      zac: {
        callbackUrl: `${url.zac}/rest/notificaties`,
        auth: { type: 'api_key', value: { env: 'ZAC' } },
        kanalen: [{ naam: 'zaken', filters: { bronorganisatie: '517439943' } }],
      },
      'open-zaak': {
        callbackUrl: `${url.openZaak}/zaken/api/v1/callbacks`,
        auth: { type: 'zgw', clientId: 'notificaties', secret: { env: 'OPEN_ZAAK' } },
        kanalen: [{ naam: 'zaken' }],
      },
      'corsa-zgw': {
        callbackUrl: `${url.corsa}/api/v1/notifications?tenant=nijmegen`,
        auth: { type: 'api_key', value: { env: 'CORSA' } },
        kanalen: [{ naam: 'zaken', acties: ['create', 'update'], resources: ['zaak', 'status', 'resultaat'] }],
      },
      molz: {
        callbackUrl: `${url.molz}/`,
        auth: { type: 'no_auth' },
        kanalen: [{ naam: 'zaken', resources: ['status'] }],
      },
    },
    egress: { policy: 'private', allow: ['127.0.0.0/8'] },
  })
}

onEachDatabase(
  t,
  'what is declared for a subscriber is all that it needs: nobody calls, and none is tried',
  async (t, url) => {
    const start = (): Promise<Receiver> => Receiver.start(t)
    const subscribers = { zac: await start(), openZaak: await start(), corsa: await start(), molz: await start() }
    const { zac, openZaak, corsa, molz } = subscribers
    zac.answer(receivers.zac(SECRETS.ZAC))
    openZaak.answer(receivers.maykinCallbacks(SECRETS.OPEN_ZAAK, Date.now))
    corsa.answer(receivers.corsaZgw(SECRETS.CORSA))
    molz.answer(receivers.molz(''))
    const folder = t.testdir({})
    const environment = { DATABASE_URL: url, BODE_MASTER_KEY: newMasterKey(), ...SECRETS }
    const urls = { zac: zac.url, openZaak: openZaak.url, corsa: corsa.url, molz: molz.url }
    await writeFile(join(folder, 'bode.yaml'), document(urls))
    const applied = await runCli(['apply', '-f', folder, '--auto-approve'], { environment, cwd: folder })
    t.equal(applied.exit, 0, applied.stderr)

    const server = await startTestServer(t, { databaseUrl: url, environment, cwd: folder })
    const all = Object.values(subscribers)
    t.strictSame(
      all.map(({ requests }) => requests.length),
      [0, 0, 0, 0],
    )
    const request = (method: Sent['method'], path: string, body?: object): Promise<Reply> => {
      const token = makeToken({ clientId: 'publisher', secret: SECRETS.PUBLISHER, now: Date.now() })
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const content = body === undefined ? {} : { body: JSON.stringify(body) }
      return send({ method, url: `${server.url}/api/v1/${path}`, headers, ...content })
    }
    const status = messageBody({ kenmerken: { bronorganisatie: '517439943' } })
    t.equal((await request('POST', 'notificaties', status)).status, 201)
    await Promise.all(all.map((receiver) => receiver.received(1)))
    t.equal((await request('POST', 'notificaties', { ...status, resource: 'rol', actie: 'destroy' })).status, 201)
    await Promise.all([zac.received(2), openZaak.received(2)])
    t.strictSame(
      all.map(({ requests }) => requests.length),
      [2, 2, 1, 1],
      'each what it asked for',
    )
    t.strictSame(
      [zac, corsa, molz].map(({ requests }) => requests[0]?.headers.authorization),
      [SECRETS.ZAC, SECRETS.CORSA, undefined],
    )
    t.equal(corsa.requests[0]?.path, '/api/v1/notifications?tenant=nijmegen')
    const attempts = (): Record<string, unknown>[] => server.logged().filter(({ msg }) => msg === 'attempt')
    await until(() => attempts().length === 6)
    t.notOk(
      attempts().some(({ outcome }) => outcome !== 'delivered'),
      'every one of them was content',
    )

    await t.test('a client sees what is declared, and may not change it', async (t) => {
      const list = listOf(await request('GET', 'abonnement'))
      t.equal(list.length, 4)
      const first = list.find(({ callbackUrl }) => callbackUrl === `${zac.url}/rest/notificaties`)
      const path = String(first?.['url']).replace(`${server.url}/api/v1/`, '')
      t.match(jsonOf(await request('PATCH', path, { kanalen: [] })), { status: 403, code: 'managed-by-configuration' })
      t.match(jsonOf(await request('DELETE', path)), { status: 403, code: 'managed-by-configuration' })
      const same = { callbackUrl: first?.['callbackUrl'], auth: SECRETS.ZAC, kanalen: first?.['kanalen'] }
      t.equal((await request('PUT', path, same)).status, 200)
    })
  },
)
