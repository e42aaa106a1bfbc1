// Invariant I18: whatever a subscriber does with what it is sent, no secret gets into a log, an attempt, any other
// row, or an answer of the API.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createLogger } from '../../src/observability/logger.ts'
import { assertNoLeak, canary, leakIn } from '../support/canary.ts'
import { onEachDatabase } from '../support/databases.ts'
import { workplace } from '../support/documents.ts'
import { dumpTables } from '../support/dump.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver, type Answer, type ReceivedRequest } from '../support/receiver.ts'
import { startTestServer, until } from '../support/server.ts'
import { makeCertificate } from '../support/certificate.ts'

t.setTimeout(240_000)

const jwtPart = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const KEY_PAIR = makeCertificate()
/** A line in the middle of the private key, which no PEM without it has. */
const KEY_LINE = KEY_PAIR.key.split('\n')[1] ?? ''

const SECRETS: Record<string, string> = {
  CLIENT: canary('client'),
  KEY: canary('key'),
  BEARER: `Bearer ${canary('bearer')}`,
  BASIC: `Basic ${Buffer.from(`bode:${canary('basic')}`).toString('base64')}`,
  JWT: `Bearer ${jwtPart({ alg: 'HS256' })}.${jwtPart({ client_id: canary('jwt'), exp: 1_000 })}.${canary('signature')}`,
  UNSENDABLE: `${canary('line')}\n${canary('break')}`,
  ZGW: canary('zgw'),
  OAUTH: canary('oauth'),
  SIGNING: canary('signing'),
  SIGNING_OLD: canary('signing-old'),
}

/** Everything that was sent, in headers and body, and once more in base64. */
function echo({ headers, body }: ReceivedRequest): string {
  const text = JSON.stringify({ headers, body })
  return `${text}\n${Buffer.from(text).toString('base64')}\n${headers.authorization ?? ''}`
}

/** What a subscriber that is not to be trusted answers; by the path of its callback. */
const ANSWERS: Record<string, (request: ReceivedRequest) => Answer> = {
  accepts: (request) => ({ status: 200, body: echo(request) }),
  refuses: (request) => ({ status: 401, headers: { 'www-authenticate': canary('challenge') }, body: echo(request) }),
  forbids: (request) => ({ status: 403, body: echo(request) }),
  breaks: (request) => ({ status: 500, body: echo(request), headers: { 'retry-after': canary('later') } }),
  redirects: ({ headers }) => ({
    status: 302,
    headers: { location: `/?${encodeURIComponent(headers.authorization ?? '')}` },
  }),
  resets: () => 'reset',
  garbage: () => 'garbage',
}

const AUTHS: Record<string, (token: string) => string> = {
  key: () => '{ type: api_key, value: { env: KEY } }',
  bearer: () => '{ type: api_key, value: { env: BEARER } }',
  basic: () => '{ type: api_key, value: { env: BASIC } }',
  jwt: () => '{ type: api_key, value: { env: JWT } }',
  unsendable: () => '{ type: api_key, value: { env: UNSENDABLE } }',
  zgw: () => '{ type: zgw, clientId: bode, secret: { env: ZGW } }',
  oauth: (token) =>
    `{ type: oauth2_client_credentials, clientId: bode, secret: { env: OAUTH }, tokenUrl: '${token}/token' }`,
  oauthrefused: (token) =>
    `{ type: oauth2_client_credentials, clientId: bode, secret: { env: OAUTH }, tokenUrl: '${token}/refused' }`,
}

function documentFor(subscriber: string, tokens: string): string {
  const abonnementen = Object.entries(AUTHS).flatMap(([auth, write]) =>
    Object.keys(ANSWERS).map(
      (answer) => `  ${auth}-${answer}:
    callbackUrl: ${subscriber}/${answer}
    auth: ${write(tokens)}
    signing: { secret: { env: SIGNING }, previousSecret: { env: SIGNING_OLD, expiresAt: 2099-01-01T00:00:00Z } }
    kanalen: [{ naam: zaken }]
`,
    ),
  )
  return `apiVersion: bode/v1
kind: Configuration
metadata: { name: gemeente }
clientCredentials:
  zaken:
    type: static
    secret: { env: CLIENT }
    authorizedBy: configuration
    scopes: [notificaties.consumeren, notificaties.publiceren]
kanalen: { zaken: {} }
egress: { allow: [127.0.0.0/8] }
delivery: { keepResponse: true, retry: { maxRetries: 1, backoff: 1ms, backoffMax: 1ms } }
abonnementen:
${abonnementen.join('')}  tls:
    callbackUrl: https://127.0.0.1:1/
    auth: { type: no_auth }
    tls: { certificate: { file: tls.crt }, key: { file: tls.key } }
    kanalen: [{ naam: zaken }]
`
}

onEachDatabase(
  t,
  'I18: secrets are in no log, no attempt, no other row and no answer, whatever subscribers do',
  async (t, url) => {
    const subscriber = await startSubscriber(t)
    const tokens = await startTokenEndpoint(t)
    const place = workplace(t, url, documentFor(subscriber.url, tokens.url))
    const environment = { ...place.environment, ...SECRETS }
    writeFileSync(join(place.folder, 'tls.crt'), KEY_PAIR.cert)
    writeFileSync(join(place.folder, 'tls.key'), KEY_PAIR.key)
    const { exit, stdout, stderr } = await place.bode(['apply', '--auto-approve'], { environment })
    t.equal(exit, 0, 'applied')
    const outputs = [stdout, stderr]

    const lines: string[] = []
    const logger = createLogger({ level: 'trace', destination: { write: (line) => lines.push(line) } })
    const metrics = { host: '127.0.0.1', port: 0 }
    const server = await startTestServer(t, { databaseUrl: url, environment, cwd: place.folder, logger, metrics })
    const call = async (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(`${server.url}/api/v1/${path}`, {
        ...init,
        headers: { authorization: `Bearer ${SECRETS['CLIENT']}`, 'content-type': 'application/json' },
      })
    const published = await call('notificaties', { method: 'POST', body: JSON.stringify(messageBody()) })
    t.equal(published.status, 201)
    outputs.push(await published.text())
    const count = Object.keys(AUTHS).length * Object.keys(ANSWERS).length + 1
    const finished = async (): Promise<boolean> => (await dumpTables(url))['delivery_done']?.length === count
    await until(finished, () => lines.slice(-3))
    for (const request of [
      call('kanaal'),
      call('abonnement/none'),
      call('abonnement', {
        method: 'POST',
        body: JSON.stringify({ callbackUrl: SECRETS['KEY'], auth: SECRETS['KEY'] }),
      }),
      fetch(`${server.url}/api/v1/kanaal`, { headers: { authorization: `Bearer ${SECRETS['ZGW']}` } }),
    ]) {
      outputs.push(await (await request).text())
    }
    const scrape = await (await fetch(`${server.metricsUrl}/metrics`)).text()
    t.match(scrape, /^bode_attempts_total\{/m)
    outputs.push(scrape)
    await server.stop()

    const dump = await dumpTables(url)
    const attempts = dump['attempt'] ?? []
    t.ok(attempts.length > count, 'with retries')
    t.ok(attempts.some(({ detail }) => String(detail).startsWith('static JWT that expired')))
    t.ok(attempts.some(({ detail }) => String(detail).startsWith('OAuth2 token of')))
    t.ok(attempts.some(({ response_head: head }) => String(head).startsWith('[not kept')))
    t.ok(lines.some((line) => line.includes('subscriber refused our credentials')))
    const everything = { rows: JSON.stringify(dump), log: lines.join(''), outputs: outputs.join('\n') }
    for (const [where, text] of Object.entries(everything)) {
      assertNoLeak(t, text, where)
      t.notOk(text.includes(KEY_LINE), `no private key in ${where}`)
    }
    t.ok(
      subscriber.requests.some((request) => leakIn(echo(request)) !== undefined),
      'and it was there to be found',
    )
  },
)

async function startSubscriber(t: Test): Promise<Receiver> {
  const receiver = await Receiver.start(t)
  receiver.answer((request) => ANSWERS[request.path.slice(1)]?.(request) ?? { status: 204 })
  return receiver
}

/** Gives tokens with a canary in them, or refuses and repeats what it was sent. */
async function startTokenEndpoint(t: Test): Promise<Receiver> {
  const receiver = await Receiver.start(t)
  receiver.answer((request) =>
    request.path === '/token'
      ? { status: 200, body: JSON.stringify({ access_token: canary('access-token'), expires_in: 3_600 }) }
      : { status: 400, body: echo(request) },
  )
  return receiver
}
