// What the Autorisaties API says, and what comes of it for a client (behaviour reference §4.3).
import t from 'tap'
import { changeOf, startAutorisatiesWorld as world } from '../support/autorisaties-world.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver, type Answer } from '../support/receiver.ts'

const CONSUME = 'notificaties.consumeren'
const PUBLISH = 'notificaties.publiceren'
const HOUR = 3_600_000
const ALL = [CONSUME, PUBLISH]

const DENIED = 'permission_denied'
const html: Answer = { status: 200, body: '<html>inloggen</html>' }
const json = (status: number, body: unknown): Answer => ({ status, body: JSON.stringify(body) })

/** What the Autorisaties API does, the code for the client, and a word of the detail. */
const outcomes: [what: string, answer: Answer | undefined, code: string, detail: RegExp][] = [
  ['an empty page', undefined, DENIED, /kent geen applicatie met dit client ID/],
  ['a connection that breaks', 'reset', DENIED, /gaf geen bruikbaar antwoord/],
  ['no HTTP', 'garbage', DENIED, /gaf geen bruikbaar antwoord/],
  ['500', { status: 500 }, DENIED, /gaf geen bruikbaar antwoord/],
  ['502 of a gateway', { status: 502, body: '<html>' }, DENIED, /Probeer het later opnieuw/],
  ['503', json(503, { code: 'service_unavailable', status: 503 }), DENIED, /bruikbaar antwoord/],
  ['401', json(401, { code: 'not_authenticated', status: 401 }), DENIED, /bruikbaar antwoord/],
  ['404', json(404, { code: 'not_found', status: 404 }), DENIED, /bruikbaar antwoord/],
  ['400', json(400, { code: 'invalid', status: 400 }), DENIED, /bruikbaar antwoord/],
  ['403 with another code', json(403, { code: 'permission_denied', status: 403 }), DENIED, /bruikbaar antwoord/],
  [
    '403 not_authenticated',
    json(403, { code: 'not_authenticated' }),
    'not_authenticated_for_ac',
    /niet autoriseren met het AC/,
  ],
  ['4xx without JSON', { status: 403, body: 'forbidden' }, DENIED, /bruikbaar antwoord/],
  ['4xx without a body', { status: 403 }, DENIED, /bruikbaar antwoord/],
  ['4xx without status or code', json(400, { detail: 'x' }), DENIED, /bruikbaar antwoord/],
  ['4xx with a list', json(403, ['not_authenticated']), DENIED, /bruikbaar antwoord/],
  ['200 with a web page', html, DENIED, /bruikbaar antwoord/],
  ['200 without a body', { status: 200 }, DENIED, /bruikbaar antwoord/],
  ['200 without results', json(200, { count: 0 }), DENIED, /bruikbaar antwoord/],
  ['200 with results that are no list', json(200, { results: {} }), DENIED, /bruikbaar antwoord/],
  ['200 with a bare list', json(200, []), DENIED, /bruikbaar antwoord/],
  ['200 with null', json(200, null), DENIED, /bruikbaar antwoord/],
  ['a page without end', { status: 200, body: `{"results":[${'1,'.repeat(2_200_000)}1]}` }, DENIED, /bruikbaar/],
  ['204', { status: 204 }, DENIED, /bruikbaar antwoord/],
]

void t.test('whatever the Autorisaties API does, the client gets a 403 that says so, and it is not kept', async (t) => {
  const { api, clock, call, ask } = await world(t)
  for (const [what, answer, code, detail] of outcomes) {
    api.knows()
    api.failure = answer
    const asked = api.requests.length
    const refused = await call('GET', 'kanaal', undefined, { as: 'zrc' })
    t.match(refused.json(), { status: 403, code, detail, instance: /^urn:uuid:/ }, what)
    t.equal(await ask(), code)
    // A kept connection that breaks says nothing of the other side yet: the question goes out on a new one.
    const questions = answer === 'reset' ? 2 : 1
    t.equal(api.requests.length, asked + questions, `${what}: is not asked for again at once`)
    api.failure = undefined
    api.knows({ clientIds: ['zrc'], scopes: ALL })
    clock.advance(5_001)
    t.equal(await ask(), 200, `${what}: is over after seconds`)
    api.knows()
    await call('POST', 'callbacks', changeOf('destroy', api.urlOf(0)), { as: 'ac' })
  }
})

void t.test('an Autorisaties API that hangs is given up after ten seconds', async (t) => {
  const { api, ask } = await world(t)
  api.failure = 'hang'
  t.strictSame(await Promise.all([ask(), ask(), ask()]), [DENIED, DENIED, DENIED])
  t.equal(api.requests.length, 1, 'for all who wait together')
})

void t.test('without an Autorisaties API or a credential for it nothing is asked', async (t) => {
  for (const without of ['api', 'credential'] as const) {
    const { api, call } = await world(t, undefined, { without })
    const refused = await call('GET', 'kanaal', undefined, { as: 'zrc' })
    t.match(refused.json(), { status: 403, code: DENIED, detail: /geen Autorisaties API geconfigureerd/ }, without)
    t.equal(api.requests.length, 0)
  }
})

void t.test('a redirect is not followed: the token goes nowhere else', async (t) => {
  const { api, ask } = await world(t)
  const elsewhere = await Receiver.start(t)
  for (const status of [301, 302, 307, 308]) {
    api.failure = { status, headers: { location: `${elsewhere.url}/applicaties` } }
    t.equal(await ask(), DENIED)
  }
  t.equal(elsewhere.requests.length, 0)
})

void t.test('every page counts, but none outside the API root', async (t) => {
  const { api, ask, clock } = await world(t)
  api.pageSize = 1
  api.knows({ clientIds: ['zrc'] }, { clientIds: ['zrc'] }, { clientIds: ['zrc'], scopes: ALL })
  t.equal(await ask(), 200, 'what is on the third page')
  t.equal(api.requests.length, 3)
  const elsewhere = await Receiver.start(t)
  const applicatie = { url: api.urlOf(0), clientIds: ['zrc'], heeftAlleAutorisaties: true }
  api.failure = json(200, { results: [applicatie], next: `${elsewhere.url}/applicaties?page=2` })
  clock.advance(HOUR)
  t.equal(await ask(), 200, 'what is on the page before it')
  t.equal(elsewhere.requests.length, 0)
})

const nrc = { component: 'nrc', scopes: ALL }
const many = 'https://open-zaak.example.nl/zaaktypen/1'
/** An applicatie as the Autorisaties API might give it, and whether its client may read here. */
const applicaties: [what: string, applicatie: Record<string, unknown>, may: boolean][] = [
  ['a plain one', { autorisaties: [nrc] }, true],
  ['one with everything', { heeftAlleAutorisaties: true, autorisaties: [] }, true],
  ['both everything and autorisaties', { heeftAlleAutorisaties: true, autorisaties: [nrc] }, true],
  ['neither', { heeftAlleAutorisaties: false, autorisaties: [] }, false],
  ['everything, said in text', { heeftAlleAutorisaties: 'true', autorisaties: [] }, false],
  ['no url', { url: undefined, autorisaties: [nrc] }, true],
  ['a url that ends in no uuid', { url: 'http://openzaak:8000/applicaties/1', autorisaties: [nrc] }, true],
  ['a label of 101 characters', { label: 'x'.repeat(101), autorisaties: [nrc] }, true],
  ['no label', { label: null, autorisaties: [nrc] }, true],
  ['another client id of 51 characters', { clientIds: ['x'.repeat(51), 'zrc'], autorisaties: [nrc] }, true],
  ['another client id that is no text', { clientIds: [null, 1, 'zrc'], autorisaties: [nrc] }, true],
  ['only client ids of others', { clientIds: ['zrc2', 'ZRC'], autorisaties: [nrc] }, false],
  ['no client ids', { clientIds: undefined, autorisaties: [nrc] }, false],
  ['another component', { autorisaties: [{ ...nrc, component: 'zrc' }] }, false],
  ['a component that nobody knows beside ours', { autorisaties: [{ component: 'xyz', scopes: [] }, nrc] }, true],
  [
    'a zaaktype on a host of one label',
    { autorisaties: [{ component: 'zrc', zaaktype: 'http://openzaak:8000/x' }, nrc] },
    true,
  ],
  ['zaken.lezen without a zaaktype', { autorisaties: [{ component: 'zrc', scopes: ['zaken.lezen'] }, nrc] }, true],
  [
    'maxVertrouwelijkheidaanduiding of ours',
    { autorisaties: [{ ...nrc, zaaktype: many, maxVertrouwelijkheidaanduiding: 'x' }] },
    true,
  ],
  ['autorisaties of null', { autorisaties: null }, false],
  ['an autorisatie of null beside ours', { autorisaties: [null, 'nrc', nrc] }, true],
  ['scopes that are text', { autorisaties: [{ component: 'nrc', scopes: CONSUME }] }, false],
  ['a scope that is no text beside ours', { autorisaties: [{ component: 'nrc', scopes: [null, 1, PUBLISH] }] }, true],
  [
    'scopes of the old spelling',
    { autorisaties: [{ component: 'nrc', scopes: ['notificaties.scopes.publiceren'] }] },
    false,
  ],
]

void t.test('an applicatie counts for what it says of this client and component, whatever else is in it', async (t) => {
  const { api, ask, clock } = await world(t)
  for (const [what, applicatie, may] of applicaties) {
    const whole = { url: api.urlOf(0), label: 'x', clientIds: ['zrc'], heeftAlleAutorisaties: false, ...applicatie }
    api.failure = json(200, { count: 3, next: null, results: [7, whole, null] })
    t.equal(await ask(), may ? 200 : DENIED, what)
    clock.advance(2 * HOUR)
  }
})

void t.test('what two applicaties give a client adds up', async (t) => {
  const { api, call, ask } = await world(t)
  api.knows({ clientIds: ['zrc'], scopes: [CONSUME] }, { clientIds: ['drc', 'zrc'], scopes: [PUBLISH] })
  t.equal(await ask(), 200)
  t.equal((await call('POST', 'callbacks', messageBody(), { as: 'zrc' })).statusCode, 204)
  t.match((await call('POST', 'abonnement', {}, { as: 'drc' })).json(), { detail: new RegExp(`alleen ${PUBLISH}`) })
})
