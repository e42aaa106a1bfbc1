// Publishers that have no JWT: the documents component of Baseflow and Utrecht, and Maykin components that are
// configured with an API key (real-clients §1.1 and §1.3).
import t from 'tap'
import { assertNoLeak, canary } from '../support/canary.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'
import { MaykinClient } from './maykin.ts'
import { jsonOf, listOf, send, startBode, type Reply, type Sent } from './support.ts'

const TOKEN = canary('notification-api-token')
const CLIENT = {
  clients: { drc: ['notificaties.publiceren'] },
  staticSecrets: { drc: TOKEN },
}
const MESSAGE = messageBody({
  kanaal: 'documenten',
  source: 'drc',
  resource: 'enkelvoudiginformatieobject',
  aanmaakdatum: '2024-03-01T12:00:00.123Z',
  kenmerken: {
    bronorganisatie: '002220647',
    informatieobjecttype: 'https://catalogi/1',
    vertrouwelijkheidaanduiding: 'openbaar',
  },
})

/** Kotlin: an address without a slash at the end, and one token from the environment for all time. */
function baseflow(
  origin: string,
  token: string,
): (method: Sent['method'], path: string, body?: object) => Promise<Reply> {
  const address = `${origin}/api/v1`
  return (method, path, body) =>
    send({
      method,
      url: `${address}${path}`,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
}

onEachDatabase(t, 'Baseflow publishes with a token that never changes', async (t, url) => {
  const receiver = await Receiver.start(t)
  const kanalen = [{ naam: 'documenten', filters: {}, acties: [], resources: [] }]
  const { origin, clock, deliver, database } = await startBode(t, url, {
    ...CLIENT,
    abonnementen: [{ callbackUrl: receiver.url, auth: 'key', kanalen }],
  })
  const request = baseflow(origin, TOKEN)
  t.equal(listOf(await request('GET', '/kanaal')).length, 5)
  t.equal((await request('POST', '/kanaal', { naam: 'drc', filters: [] })).status, 201)
  for (let year = 0; year < 2; year += 1) {
    const reply = await request('POST', '/notificaties', MESSAGE)
    t.equal(reply.status, 201)
    t.strictSame(jsonOf(reply), { ...MESSAGE, aanmaakdatum: '2024-03-01T12:00:00.123000Z' })
    clock.advance(365 * 86_400_000)
  }
  await deliver()
  const { source: _, ...forwarded } = MESSAGE
  t.strictSame(
    receiver.requests.map(({ body }) => JSON.parse(body) as unknown),
    [forwarded, forwarded],
  )
  t.match(await database.reader.notificatie.findFirst(), { clientId: 'drc' })
})

void t.test('Baseflow with another token, or in want of a scope, is refused as everybody is', async (t) => {
  const { origin, logged } = await startBode(t, await freshDatabaseUrl(t, 'sqlite'), CLIENT)
  const other = await baseflow(origin, `${TOKEN}x`)('POST', '/notificaties', MESSAGE)
  t.match({ status: other.status, ...jsonOf(other) }, { status: 403, code: 'jwt-decode-error' })
  const abonnement = await baseflow(origin, TOKEN)('POST', '/abonnement', {})
  t.match(jsonOf(abonnement), { status: 403, code: 'permission_denied', detail: /notificaties\.consumeren/ })
  assertNoLeak(t, JSON.stringify([logged(), other.text, abonnement.text]), 'the log and the answers')
})

void t.test('a Maykin component with an API key sends it with Token before it', async (t) => {
  const { apiRoot } = await startBode(t, await freshDatabaseUrl(t, 'sqlite'), CLIENT)
  const client = new MaykinClient({ apiRoot, now: Date.now, authorization: `Token ${TOKEN}` })
  await client.sendNotification(MESSAGE)
  const kanaal = { naam: 'producten', documentatieLink: 'https://open-product/kanalen/#producten', filters: [] }
  t.strictSame(await client.registerKanalen([kanaal]), ['created producten'])
  t.strictSame(await client.registerKanalen([kanaal]), ['updated producten'])
})
