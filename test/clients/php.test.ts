// The PHP clients: laravel-zgw-client and procest (real-clients §1.5).
import t, { type Test } from 'tap'
import { CLIENTS } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'
import { makeToken, SECRET } from '../support/token.ts'
import { PhpClient } from './php.ts'
import { podiumd } from './receivers.ts'
import { jsonOf, listOf, send, startBode, type Bode } from './support.ts'

async function laravel(t: Test, url: string): Promise<Bode & { client: PhpClient }> {
  const clients = { ...CLIENTS, laravel: ['notificaties.consumeren', 'notificaties.publiceren'] }
  const bode = await startBode(t, url, { clients })
  return { ...bode, client: new PhpClient({ baseUrl: bode.apiRoot, clientId: 'laravel', now: () => bode.clock.now() }) }
}

void t.test('laravel-zgw-client does everything with a content type of JSON, bodies or not', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.answer(podiumd(''))
  const { client, deliver } = await laravel(t, await freshDatabaseUrl(t, 'sqlite'))
  const kanaal = jsonOf(await client.call('POST', 'kanaal', { naam: 'zgw', filters: [] }))
  t.match(listOf(await client.call('GET', 'kanaal')).at(-1), kanaal)
  const payload = { callbackUrl: receiver.url, auth: 'Bearer x', kanalen: [{ naam: 'zgw', filters: {} }] }
  const abonnement = jsonOf(await client.call('POST', 'abonnement', payload))
  t.strictSame(listOf(await client.call('GET', 'abonnement')), [abonnement])
  await client.call('POST', 'notificaties', messageBody({ kanaal: 'zgw', aanmaakdatum: '2024-03-01T13:00:00+01:00' }))
  await deliver()
  t.match(JSON.parse(receiver.requests.at(-1)?.body ?? ''), { aanmaakdatum: '2024-03-01T12:00:00Z' })
  t.equal((await client.call('DELETE', String(abonnement['url']))).status, 204)
})

void t.test('an empty map is an empty list in PHP, and is refused by its name', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.answer(podiumd(''))
  const { client } = await laravel(t, await freshDatabaseUrl(t, 'sqlite'))
  const message = messageBody({ kenmerken: [] })
  await t.rejects(client.call('POST', 'notificaties', message), { message: /HTTP 400.*"name":"kenmerken".*not_a_dict/ })
  const payload = { callbackUrl: receiver.url, auth: 'x', kanalen: [{ naam: 'zaken', filters: [] }] }
  await t.rejects(client.call('POST', 'abonnement', payload), { message: /"name":"kanalen.0.filters".*not_a_dict/ })
})

void t.test('a token of five minutes ends', async (t) => {
  const { apiRoot, clock } = await laravel(t, await freshDatabaseUrl(t, 'sqlite'))
  const made = clock.now()
  const client = new PhpClient({ baseUrl: apiRoot, clientId: 'laravel', now: () => made })
  clock.advance(299_000)
  await client.call('GET', 'kanaal')
  clock.advance(2_000)
  await t.rejects(client.call('GET', 'kanaal'), { message: /HTTP 403.*jwt-expiredsignatureerror/ })
})

void t.test('procest, over curl: a large body is announced before it is sent', async (t) => {
  const { apiRoot, clock, call } = await laravel(t, await freshDatabaseUrl(t, 'sqlite'))
  const body = JSON.stringify(
    messageBody({ kanaal: 'vrij', kenmerken: { omschrijving: 'é'.repeat(999), groot: 'x'.repeat(999) } }),
  )
  await call('POST', 'kanaal', { naam: 'vrij' })
  const reply = await send({
    method: 'POST',
    url: `${apiRoot}notificaties`,
    headers: {
      authorization: `Bearer ${makeToken({ clientId: 'laravel', secret: SECRET, now: clock.now() })}`,
      'content-type': 'application/json',
      accept: '*/*',
      'user-agent': 'Nextcloud Server Crawler',
      expect: '100-continue',
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  })
  t.equal(reply.status, 201, reply.text)
  t.strictSame(jsonOf(reply), JSON.parse(body))
})
