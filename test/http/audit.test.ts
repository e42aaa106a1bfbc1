// Decision 29: who did what, without secrets and payloads.
import t, { type Test } from 'tap'
import { RefusedAccess } from '../../src/runtime/refused-access.ts'
import { startTestApp } from '../support/app.ts'
import { assertNoLeak, canary } from '../support/canary.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { Receiver } from '../support/receiver.ts'

async function entriesOf(database: Awaited<ReturnType<typeof openTestDatabase>>) {
  const rows = await database.reader.audit.findMany({ orderBy: { at: 'asc' } })
  return rows.map(({ detail, ...row }) => ({ ...row, detail: JSON.parse(detail) as Record<string, unknown> }))
}

onEachDatabase(
  t,
  'every write of a client is audited with who, what, before and after, and no secret',
  async (t, url) => {
    const { call, clock, database, authorization } = await startTestApp(t, url)
    const receiver = await Receiver.start(t)
    receiver.answer(({ headers }) => ({ status: headers.authorization === undefined ? 401 : 204 }))
    const as = { headers: { authorization: authorization({ claims: { user_id: 'jan' } }) } }
    const kanaal = await call(
      'POST',
      'kanaal',
      { naam: 'zaken', documentatieLink: 'https://a.nl/?k=v', filters: [] },
      as,
    )
    t.equal(kanaal.statusCode, 201)
    clock.advance(1)
    const kanaalUrl = `kanaal/${kanaal.json<{ url: string }>().url.slice(-36)}`
    t.equal((await call('PATCH', kanaalUrl, { filters: ['zaaktype'] }, as)).statusCode, 200)
    clock.advance(1)
    const secret = canary('auth')
    const body = {
      callbackUrl: `${receiver.url}/${canary('path')}?token=${canary('query')}`,
      auth: secret,
      kanalen: [{ naam: 'zaken', filters: { zaaktype: canary('kenmerk') } }],
    }
    const made = await call('POST', 'abonnement', body, as)
    t.equal(made.statusCode, 201)
    clock.advance(1)
    const id = made.json<{ url: string }>().url.slice(-36)
    t.equal((await call('PATCH', `abonnement/${id}`, { auth: `${secret}2` }, as)).statusCode, 200)
    clock.advance(1)
    t.equal((await call('DELETE', `abonnement/${id}`, undefined, as)).statusCode, 204)
    clock.advance(1)
    t.equal((await call('POST', 'kanaal', { naam: 'zaken', documentatieLink: '', filters: [] }, as)).statusCode, 400)
    t.equal((await call('PATCH', kanaalUrl, { filters: ['zaaktype'] }, as)).statusCode, 200, 'nothing changes')

    const entries = await entriesOf(database)
    t.match(entries, [
      {
        actor: 'client:openzaak',
        action: 'kanaal.create',
        subject: 'kanaal zaken',
        detail: { after: { filters: [] } },
      },
      { action: 'kanaal.update', detail: { before: { filters: [] }, after: { filters: ['zaaktype'] } } },
      {
        action: 'abonnement.create',
        subject: `abonnement ${id}`,
        detail: {
          authSet: true,
          after: {
            callbackUrl: receiver.url,
            auth: 'api_key',
            kanalen: [{ naam: 'zaken', filters: ['zaaktype'] }],
            cloudEvents: { filters: 0 },
          },
        },
      },
      { action: 'abonnement.update', detail: { authSet: true, before: {}, after: {} } },
      { action: 'abonnement.delete', detail: { before: { callbackUrl: receiver.url } } },
    ])
    t.equal(entries.length, 5, 'neither what was refused nor what changed nothing')
    t.ok(entries.every(({ detail, result }) => detail['userId'] === 'jan' && result === 'done'))
    assertNoLeak(
      t,
      JSON.stringify(entries, (_key, value: unknown) => (typeof value === 'bigint' ? 0 : value)),
      'the audit',
    )
  },
)

/** How often each refusal was noted, by a flush. */
async function flushed(t: Test, url: string, note: (refused: RefusedAccess) => void) {
  const database = await openTestDatabase(t, url)
  const told: unknown[] = []
  const refused = new RefusedAccess(database, (entry) => told.push(entry))
  note(refused)
  await refused.flush(1_000)
  const before = await entriesOf(database)
  await refused.flush(2_000)
  t.equal((await entriesOf(database)).length, before.length, 'nothing is written twice')
  t.equal(told.length, before.length)
  return before
}

onEachDatabase(t, 'refused access is one entry for each client and reason, with a count', async (t, url) => {
  const refusal = { clientId: 'zac', claimed: 'zac', status: 403, code: 'permission_denied' }
  const entries = await flushed(t, url, (refused) => {
    for (let index = 0; index < 1_000; index += 1) refused.note(refusal)
    refused.note({ ...refusal, clientId: null, code: 'jwt-expired' })
    refused.note({ clientId: null, claimed: null, status: 403, code: null })
  })
  t.strictSame(
    new Set(
      entries.map(({ actor, subject, result, detail }) => `${actor} ${subject} ${result} ${String(detail['count'])}`),
    ),
    new Set([
      'client:zac api permission_denied 1000',
      'unknown clientCredential zac jwt-expired 1',
      'unknown api 403 1',
    ]),
  )
})

onEachDatabase(t, 'however many ways there are to be refused, the entries of one flush are bounded', async (t, url) => {
  const entries = await flushed(t, url, (refused) => {
    for (let index = 0; index < 3_000; index += 1) {
      refused.note({ clientId: `c${index}`, claimed: null, status: 403, code: 'x' })
    }
  })
  t.ok(entries.length <= 501)
  t.equal(
    entries.reduce((sum, { detail }) => sum + Number(detail['count']), 0),
    3_000,
  )
})

onEachDatabase(
  t,
  'the application tells who was refused, and believes no name of a client that is not there',
  async (t, url) => {
    const { app, authorization, refusals } = await startTestApp(t, url)
    const get = (value?: string, path = 'kanaal') =>
      app.inject({ url: `/api/v1/${path}`, headers: value === undefined ? {} : { authorization: value } })
    await get()
    await get('Bearer nothing')
    await get(authorization({ clientId: 'nobody' }))
    await get(authorization({ clientId: 'zac', secret: 'another-secret-of-thirty-two-bytes' }))
    await get(authorization({ clientId: 'drc' }), 'abonnement')
    await get(authorization({ clientId: 'zac' }))
    t.match(refusals, [
      { clientId: null, claimed: null, status: 403 },
      { clientId: null, claimed: null },
      { clientId: null, claimed: null },
      { clientId: null, claimed: 'zac' },
    ])
    t.ok(refusals.length === 4 || refusals[4]?.clientId === 'drc')
  },
)
