import t from 'tap'
import { startTestApp } from '../support/app.ts'
import { onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'

const KANALEN = { zaken: ['bronorganisatie', 'zaaktype', 'vertrouwelijkheidaanduiding'], autorisaties: [] }
const ENTRY = { naam: 'zaken', filters: {}, acties: [], resources: [] }

onEachDatabase(t, 'a message is answered with 201 and itself, normalised', async (t, url) => {
  const { call, database, logged } = await startTestApp(t, url, { kanalen: KANALEN })
  const body = messageBody({ aanmaakdatum: '2024-01-01T12:00:00.1+02:00', source: 'urn:x', url: 'ignored' })
  const response = await call('POST', 'notificaties', body)
  t.equal(response.statusCode, 201)
  t.equal(response.headers['api-version'], '1.0.0')
  t.match(response.headers['content-type'], /^application\/json/)
  t.notOk('location' in response.headers)
  t.equal(
    response.body,
    JSON.stringify({
      kanaal: 'zaken',
      source: 'urn:x',
      hoofdObject: body['hoofdObject'],
      resource: 'status',
      resourceUrl: body['resourceUrl'],
      actie: 'create',
      aanmaakdatum: '2024-01-01T10:00:00.100000Z',
      kenmerken: { bronorganisatie: '517439943' },
    }),
  )
  const [stored, ...others] = await database.reader.notificatie.findMany()
  t.match(stored, { kanaal: 'zaken', clientId: 'openzaak', format: 1 })
  t.strictSame(others, [])
  t.match(logged().at(-1), {
    route: '/api/v1/notificaties',
    status: 201,
    clientId: 'openzaak',
    notificatieId: stored?.id,
  })
})

onEachDatabase(t, 'every matching abonnement has one ready delivery, and is reported once', async (t, url) => {
  const abonnementen = [
    { id: '00000000-0000-4000-8000-000000000001', callbackUrl: 'http://127.0.0.1:1/a', kanalen: [ENTRY, ENTRY] },
    {
      id: '00000000-0000-4000-8000-000000000002',
      callbackUrl: 'http://127.0.0.1:1/b',
      kanalen: [{ ...ENTRY, filters: { bronorganisatie: 'other' } }],
    },
  ]
  const { call, database, clock, committed } = await startTestApp(t, url, { kanalen: KANALEN, abonnementen })
  t.equal((await call('POST', 'notificaties', messageBody())).statusCode, 201)
  const [notificatie] = await database.reader.notificatie.findMany()
  t.strictSame(await database.reader.delivery.findMany(), [
    {
      sequence: notificatie?.sequence,
      abonnementId: abonnementen[0]?.id,
      replay: 0,
      notificatieId: notificatie?.id,
      state: 0,
      dueAt: BigInt(clock.now()),
      attempt: 0,
      failures: 0,
      orderingKey: null,
      leaseOwner: null,
      leasedUntilAt: null,
    },
  ])
  t.strictSame(committed, [abonnementen[0]?.id])
})

onEachDatabase(t, 'a message that GZAC sends (no zone, no kenmerken) is accepted', async (t, url) => {
  const { call } = await startTestApp(t, url, { kanalen: KANALEN })
  const body = messageBody({ aanmaakdatum: '2024-03-01T12:00:00.123456', kenmerken: undefined })
  const response = await call('POST', 'notificaties', body)
  t.equal(response.statusCode, 201)
  t.match(response.json(), { aanmaakdatum: '2024-03-01T12:00:00.123456Z', kenmerken: {} })
})

onEachDatabase(t, 'faults are a ValidatieFout with all its members', async (t, url) => {
  const { call, database } = await startTestApp(t, url, { kanalen: KANALEN })
  const response = await call('POST', 'notificaties', messageBody({ kanaal: 'nergens' }))
  t.equal(response.statusCode, 400)
  t.match(response.headers['content-type'], /^application\/problem\+json/)
  const { instance, ...document } = response.json<Record<string, unknown>>()
  t.match(instance, /^urn:uuid:[0-9a-f-]{36}$/)
  t.strictSame(document, {
    type: 'http://localhost:80/ref/fouten/ValidationError/',
    code: 'invalid',
    title: 'Ongeldige invoerwaarde.',
    status: 400,
    detail: 'Ongeldige invoerwaarde.',
    invalidParams: [{ name: 'kanaal', code: 'message_kanaal', reason: 'Kanaal met deze naam bestaat niet.' }],
  })
  t.equal(await database.reader.notificatie.count(), 0)
})

onEachDatabase(t, 'a kanaal that another replica just made is found', async (t, url) => {
  const { call, database } = await startTestApp(t, url)
  await database.transaction((tx) =>
    tx.kanaal.create({
      data: {
        id: 'k',
        naam: 'zaken',
        owner: 'client:x',
        hash: '',
        documentatieLink: '',
        filters: '[]',
        createdAt: 1n,
        updatedAt: 1n,
        updatedBy: 'x',
      },
    }),
  )
  t.equal((await call('POST', 'notificaties', messageBody())).statusCode, 201)
})
