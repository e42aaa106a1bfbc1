// Longer than usual: a table with a row for every way to be broken.
// Every way in which an Autorisaties API can be broken, on a real server: each names its cause.
import t, { type Test } from 'tap'
import type { Finding } from '../../../src/cli/doctor/finding.ts'
import { AutorisatiesApi } from '../../support/autorisaties-api.ts'
import {
  closedPort,
  examined,
  OUR_CLIENT_ID,
  OUR_SECRET,
  startHttps,
  subjectsFor,
  type SubjectParts,
} from '../../support/doctor.ts'
import { Receiver, type Answer } from '../../support/receiver.ts'

const PUBLISH = 'notificaties.publiceren'

async function workingApi(t: Test): Promise<AutorisatiesApi> {
  const api = await AutorisatiesApi.start(t)
  api.clientId = OUR_CLIENT_ID
  api.secret = OUR_SECRET
  api.knows(OURS, { clientIds: ['open-zaak'], scopes: [PUBLISH] })
  return api
}
const OURS = { clientIds: [OUR_CLIENT_ID], autorisaties: [{ component: 'ac', scopes: ['autorisaties.lezen'] }] }

type Arrange = (t: Test, api: AutorisatiesApi) => Promise<SubjectParts> | SubjectParts

const answering =
  (failure: Answer): Arrange =>
  (_t, api) => {
    api.failure = failure
    return {}
  }
const refusing = (status: number, code: string): Arrange => answering(problem(status, code))
const knowing =
  (...applicaties: Parameters<AutorisatiesApi['knows']>): Arrange =>
  (_t, api) => {
    api.knows(OURS, ...applicaties)
    return {}
  }

const ZRC = [{ component: 'zrc', scopes: [PUBLISH] }]
const HTML = '<!doctype html><html><body>inloggen</body></html>'

const cases: [what: string, arrange: Arrange, id: string, message: RegExp, advice: RegExp][] = [
  [
    'nothing listens',
    async () => ({ apiRoot: `http://127.0.0.1:${await closedPort()}/` }),
    'autorisaties/refused',
    /nothing listens/,
    /start the other system.*bode\.yaml:7 apiRoot/,
  ],
  [
    'an unknown host name',
    () => ({ apiRoot: 'http://ac.bode.invalid/' }),
    'autorisaties/dns',
    /ac\.bode\.invalid does not resolve/,
    /getent hosts ac\.bode\.invalid.*bode\.yaml:7 apiRoot/,
  ],
  [
    'an address that the egress policy forbids',
    () => ({ settings: { egress: { policy: 'private', allow: [] } } }),
    'autorisaties/denied',
    /leads to a loopback address/,
    /egress\.allow.*bode\.yaml:7/,
  ],
  ['no answer', answering('hang'), 'autorisaties/timeout', /did not answer in time/, /firewall/],
  ['a connection that breaks', answering('reset'), 'autorisaties/reset', /broke the connection/, /log/],
  ['something that is not HTTP', answering('garbage'), 'autorisaties/not-http', /not HTTP/, /scheme and port/],
  [
    'an expired certificate',
    async (t) => ({ apiRoot: await startHttps(t, { validTo: new Date('2026-01-02') }) }),
    'autorisaties/certificate-expired',
    /expired on 2026-01-02/,
    /renew the certificate.*web server or ingress/,
  ],
  [
    'a certificate of the future',
    async (t) => ({ apiRoot: await startHttps(t, { validFrom: new Date('2049-01-01') }) }),
    'autorisaties/certificate-not-yet-valid',
    /only from 2049/,
    /clock/,
  ],
  [
    'an unknown issuer',
    async (t) => ({ apiRoot: await startHttps(t) }),
    'autorisaties/certificate-untrusted',
    /issued by "CA of this test", which this machine does not trust/,
    /egress\.ca/,
  ],
  [
    'plain http where TLS is expected',
    (_t, api) => ({ apiRoot: api.apiRoot.replace('http:', 'https:') }),
    'autorisaties/not-tls',
    /TLS handshake/,
    /plain http/,
  ],
  [
    'another secret there',
    (_t, api) => {
      api.secret = 'another'
      return {}
    },
    'autorisaties/credential-refused',
    /refuses our credential \(403 not_authenticated\)/,
    /secret of bode\.yaml:7 secret.*Client credentials/,
  ],
  [
    'a client that is not known there',
    refusing(403, 'invalid-client-identifier'),
    'autorisaties/client-unknown',
    /no client credential with Client ID "open-notificaties"/,
    /add Client ID.*API Autorisaties > Client credentials/,
  ],
  [
    'a signature that does not fit',
    refusing(403, 'invalid-jwt-signature'),
    'autorisaties/secret-wrong',
    /its secret for Client ID "open-notificaties" is another/,
    /bode\.yaml:7 secret.*Client credentials/,
  ],
  ['401 without a reason', answering({ status: 401 }), 'autorisaties/credential-refused', /\(401\)/, /Client ID/],
  [
    'no rights to read',
    refusing(403, 'permission_denied'),
    'autorisaties/no-rights',
    /may not read applicaties/,
    /autorisaties\.lezen.*Applicaties/,
  ],
  ['a token that is too old there', refusing(403, 'jwt-expired'), 'autorisaties/token-expired', /clocks differ/, /NTP/],
  [
    'a wrong path',
    (_t, api) => ({ apiRoot: api.apiRoot.replace('/v1/', '/v9/') }),
    'autorisaties/not-found',
    /no list of applicaties under .*\/v9\/ \(404\)/,
    /path.*bode\.yaml:7 apiRoot/,
  ],
  [
    'a web page',
    answering({ status: 200, headers: { 'content-type': 'text/html' }, body: HTML }),
    'autorisaties/html',
    /web page \(HTML\)/,
    /login page.*bode\.yaml:7/,
  ],
  ['text', answering({ status: 200, body: 'hello' }), 'autorisaties/not-json', /not JSON/, /API root/],
  [
    'JSON of another API',
    answering({ status: 200, body: '{"versie":1}' }),
    'autorisaties/not-a-page',
    /not a page of applicaties/,
    /Autorisaties API/,
  ],
  [
    'a fault of its own',
    answering({ status: 500 }),
    'autorisaties/server-error',
    /fails itself \(500\)/,
    /read its log/,
  ],
  ['too many requests', answering({ status: 429 }), 'autorisaties/rate-limited', /less often/, /limit/],
  [
    'a redirect',
    answering({ status: 301, headers: { location: 'https://other.example.nl/x?secret=1' } }),
    'autorisaties/redirect',
    /redirects \(301\) to https:\/\/other\.example\.nl\/x;/,
    /bode\.yaml:7 apiRoot/,
  ],
  [
    'a second page that is broken',
    brokenSecondPage,
    'clients/page-server-error',
    /page 2 of its answer is broken/,
    /read its log/,
  ],
  [
    'a second page on another host',
    answering({ status: 200, body: JSON.stringify({ results: [], next: 'http://internal:8000/x?page=2' }) }),
    'autorisaties/next-elsewhere',
    /page 2 leads to http:\/\/internal:8000/,
    /X-Forwarded-Proto/,
  ],
  [
    'a clock that is ten minutes behind',
    (_t, api) => late(api, -600_000),
    'clock/differs',
    /10 min behind ours: our tokens look too new there/,
    /NTP.*machine of the Autorisaties API/,
  ],
  [
    'a clock that is half a minute ahead',
    (_t, api) => late(api, 30_000),
    'clock/differs',
    /(29|30|31) s ahead of ours: our tokens look too old there/,
    /NTP/,
  ],
  [
    'an applicatie of our own without rights',
    (_t, api) => {
      api.knows({ clientIds: [OUR_CLIENT_ID], scopes: [] }, { clientIds: ['open-zaak'], scopes: [PUBLISH] })
      return {}
    },
    'autorisaties/own-applicatie-missing',
    /no autorisaties\.lezen/,
    /component Autorisaties API \(ac\)/,
  ],
  [
    'no applicatie',
    knowing(),
    'clients/no-applicatie',
    /no applicatie with Client ID "open-zaak"/,
    /make an applicatie.*Applicaties/,
  ],
  [
    'an applicatie without our scopes',
    knowing({ clientIds: ['open-zaak'], scopes: ['iets.anders'] }),
    'clients/no-rights',
    /neither notificaties\.publiceren nor/,
    /add notificaties\.publiceren/,
  ],
  [
    'the scopes for another component',
    knowing({ clientIds: ['open-zaak'], autorisaties: ZRC }),
    'clients/wrong-component',
    /for component zrc, not for nrc/,
    /component Notificaties API \(nrc\)/,
  ],
  [
    'the client in two applicaties',
    knowing({ clientIds: ['open-zaak'], scopes: [PUBLISH] }, { clientIds: ['open-zaak'], scopes: [PUBLISH] }),
    'clients/duplicate-applicatie',
    /2 applicaties there have Client ID/,
    /one applicatie/,
  ],
  [
    'a query that is ignored',
    answering(page([{ url: 'http://x/1', clientIds: ['other'], heeftAlleAutorisaties: true }])),
    'clients/no-applicatie',
    /ignores the query/,
    /make an applicatie/,
  ],
  [
    'abonnementen and no scope for them',
    () => ({ abonnementen: { eigen: { callbackUrl: 'http://127.0.0.1:9/', owner: 'client:open-zaak' } } }),
    'clients/no-consumeren',
    /may not change them/,
    /add notificaties\.consumeren/,
  ],
  [
    'no Autorisaties API at all',
    () => ({ apiRoot: null }),
    'autorisaties/not-configured',
    /no Autorisaties API is configured/,
    /authorizedBy: configuration/,
  ],
  [
    'no credential for it',
    () => ({ credentialRoot: 'https://elsewhere.example.nl/' }),
    'autorisaties/no-credential',
    /no external credential/,
    /externalCredentials with apiRoot/,
  ],
  [
    'a secret that cannot be resolved',
    () => ({ secret: null }),
    'autorisaties/no-secret',
    /secret of externalCredentials\.ac is not there/,
    /bode\.yaml:7 secret/,
  ],
]

for (const [what, arrange, id, message, advice] of cases) {
  void t.test(`named: ${what}`, async (t) => {
    const api = await workingApi(t)
    const parts = await arrange(t, api)
    const subjects = subjectsFor({ apiRoot: api.apiRoot, clients: { 'open-zaak': {} }, ...parts })
    const findings = await examined(t, subjects, {
      only: ['autorisaties', 'clients', 'clock'],
      timeoutMs: what === 'no answer' ? 300 : 10_000,
    })
    const found = findings.find((finding) => finding.id === id)
    t.match(found, { status: /failed|warning/, message }, JSON.stringify(findings, null, 2))
    t.match(`${found?.advice?.what} ${found?.advice?.where}`, advice)
  })
}

void t.test('all is well: nothing is failed, and nothing to do', async (t) => {
  const api = await workingApi(t)
  api.knows(
    OURS,
    { clientIds: ['open-zaak'], scopes: [PUBLISH] },
    { clientIds: ['alles'], heeftAlleAutorisaties: true },
    { clientIds: ['beide'], scopes: [PUBLISH, 'notificaties.consumeren'] },
    { clientIds: ['statisch'], scopes: [PUBLISH] },
  )
  const clients = {
    'open-zaak': {},
    alles: {},
    beide: {},
    vast: { authorizedBy: 'configuration' as const, scopes: ['notificaties.consumeren' as const] },
    statisch: { type: 'static' as const },
  }
  const findings = await examined(t, subjectsFor({ apiRoot: api.apiRoot, clients }))
  t.strictSame(
    findings.map(({ status, subject, advice }) => [status, subject, advice]),
    [
      ['ok', 'autorisaties', null],
      ['ok', 'externalCredentials.ac', null],
      ['ok', 'autorisaties', null],
      ['ok', 'clientCredentials.open-zaak', null],
      ['ok', 'clientCredentials.alles', null],
      ['ok', 'clientCredentials.beide', null],
      ['ok', 'clientCredentials.vast', null],
      ['ok', 'clientCredentials.statisch', null],
    ],
  )
  t.match(findings.find(({ subject }) => subject === 'clientCredentials.beide')?.message, /consumeren and .*publiceren/)
})

void t.test('what cannot be asked is asked once: the clients are skipped', async (t) => {
  const api = await workingApi(t)
  api.failure = { status: 500 }
  const findings = await examined(t, subjectsFor({ apiRoot: api.apiRoot, clients: { a: {}, b: {} } }))
  t.strictSame(statuses(findings, 'clients'), ['skipped', 'skipped'])
  t.equal(api.requests.length, 1)
  const alone = await examined(t, subjectsFor({ apiRoot: api.apiRoot, clients: { a: {} } }), { only: ['clients'] })
  t.match(alone, [{ id: 'clients/server-error', status: 'failed' }])
})

void t.test('an Autorisaties API that nobody needs is not missed', async (t) => {
  const clients = { vast: { authorizedBy: 'configuration' as const, scopes: [] } }
  const findings = await examined(t, subjectsFor({ clients }))
  t.match(findings, [
    { id: 'autorisaties/not-needed', status: 'skipped' },
    { id: 'clients/no-scopes', status: 'failed', side: 'document' },
  ])
})

/** The applicatie of open-zaak is on a page that fails; our own is on the first. */
async function brokenSecondPage(t: Test, api: AutorisatiesApi): Promise<SubjectParts> {
  const receiver = await Receiver.start(t)
  const next = `${receiver.url}/autorisaties/api/v1/applicaties?clientIds=open-zaak&page=2`
  receiver.answer(({ path }) => {
    if (path.includes('page=2')) return { status: 502 }
    const ours = { url: 'http://x/1', ...OURS }
    const more = path.includes('open-zaak') ? next : null
    return { status: 200, body: JSON.stringify({ results: [ours], next: more }) }
  })
  return { apiRoot: api.apiRoot.replace(new URL(api.apiRoot).origin, receiver.url) }
}

function statuses(findings: readonly Finding[], check: string): string[] {
  return findings.filter((finding) => finding.check === check).map(({ status }) => status)
}

function problem(status: number, code: string): Answer {
  return { status, headers: { 'content-type': 'application/problem+json' }, body: JSON.stringify({ code, status }) }
}

function page(results: unknown[]): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ results, next: null }) }
}

async function late(api: AutorisatiesApi, leadMs: number): Promise<SubjectParts> {
  const answer = page([{ url: 'http://x/1', clientIds: [OUR_CLIENT_ID, 'open-zaak'], heeftAlleAutorisaties: true }])
  const date = new Date(Date.now() + leadMs).toUTCString()
  api.failure =
    typeof answer === 'object' && 'headers' in answer ? { ...answer, headers: { ...answer.headers, date } } : answer
  return {}
}
