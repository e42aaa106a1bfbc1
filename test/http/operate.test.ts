import t from 'tap'
import { Secret } from '../../src/common/secret.ts'
import { createOperateApp, type OperateHandlers } from '../../src/http/operate/app.ts'
import { OPERATE_FORMAT, type OperateRequest } from '../../src/http/operate/protocol.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { assertNoLeak, canary } from '../support/canary.ts'

const TOKEN = 'a-token-of-an-operator-of-32-bytes'

const REQUEST: OperateRequest = {
  format: OPERATE_FORMAT,
  sources: [{ file: 'bode.yaml', text: '' }],
  variables: {},
  allowance: { empty: false },
  options: { onDrift: 'keep', switchEnvironment: false, dryRun: false, lockTimeoutMs: 0, waitForServersMs: 0 },
  audit: { actor: 'jan', commitSha: null, pipelineUrl: null },
}

function operate(handlers: Partial<OperateHandlers> = {}) {
  const asked: unknown[] = []
  const refusals: unknown[] = []
  const plan = async (request: unknown): Promise<{ status: number; body: object }> => {
    asked.push(request)
    return { status: 200, body: { plan: 'the plan' } }
  }
  const logger = createLogger({ level: 'silent' })
  const status = async () => ({ status: 200, body: { owners: [] } })
  const app = createOperateApp({
    token: new Secret(TOKEN),
    handlers: { plan, apply: plan, status, deliveries: async () => status(), audit: status, ...handlers },
    logger,
    noteRefusal: (refusal) => refusals.push(refusal),
  })
  return { app, asked, refusals }
}

const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }

void t.test('only who has the token is heard, and that is asked before the body', async (t) => {
  const { app, asked, refusals } = operate()
  for (const authorization of ['', 'Bearer', 'Bearer x', `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, TOKEN]) {
    const response = await app.inject({
      method: 'POST',
      url: '/operate/v1/plan',
      headers: { authorization, 'content-type': 'application/json' },
      payload: 'no json',
    })
    t.equal(response.statusCode, 401, authorization)
    t.match(response.json(), { format: OPERATE_FORMAT, error: { kind: 'secret', message: /BODE_OPERATE_TOKEN/ } })
  }
  t.equal((await app.inject({ url: '/operate/v1/status' })).statusCode, 401)
  t.equal((await app.inject({ url: '/operate/v1/nothing' })).statusCode, 401, 'not even what there is')
  t.equal(asked.length, 0)
  t.equal(refusals.length, 8, 'each for the audit')
  t.match(refusals[0], { clientId: null, claimed: null, status: 401, code: 'operate_token' })
  t.match((await app.inject({ url: '/operate/v1/status', headers })).json(), { format: OPERATE_FORMAT, owners: [] })
  t.equal((await app.inject({ url: '/operate/v1/nothing', headers })).statusCode, 404)
})

void t.test('what is not understood is refused, and none of it comes back', async (t) => {
  const { app, asked } = operate()
  const secret = canary('sent')
  const bodies: [what: string, status: number, payload: string][] = [
    ['no JSON', 400, `{"format": "${secret}" oops`],
    ['nothing', 400, ''],
    ['another format', 400, JSON.stringify({ ...REQUEST, format: secret })],
    ['no sources', 400, JSON.stringify({ ...REQUEST, sources: [] })],
    ['a source without text', 400, JSON.stringify({ ...REQUEST, sources: [{ file: secret }] })],
    ['an unknown member', 400, JSON.stringify({ ...REQUEST, [secret]: secret })],
    ['an unknown option', 400, JSON.stringify({ ...REQUEST, options: { ...REQUEST.options, force: secret } })],
    ['a variable that is a number', 400, JSON.stringify({ ...REQUEST, variables: { A: 1 } })],
    ['a digest that is none', 400, JSON.stringify({ ...REQUEST, options: { ...REQUEST.options, planSha256: secret } })],
    [
      'a note that no database can hold',
      400,
      JSON.stringify({ ...REQUEST, options: { ...REQUEST.options, note: `${secret}\0` } }),
    ],
    ['half a character', 400, JSON.stringify({ ...REQUEST, audit: { ...REQUEST.audit, actor: `${secret}\ud800` } })],
    [
      'a wait of a day',
      400,
      JSON.stringify({ ...REQUEST, options: { ...REQUEST.options, lockTimeoutMs: 86_400_000 } }),
    ],
    ['33 MB', 413, JSON.stringify({ ...REQUEST, sources: [{ file: 'a', text: 'x'.repeat(33 * 1024 * 1024) }] })],
  ]
  for (const [what, status, payload] of bodies) {
    const response = await app.inject({ method: 'POST', url: '/operate/v1/apply', headers, payload })
    t.equal(response.statusCode, status, `${what}: ${response.body}`)
    t.match(response.json(), { format: OPERATE_FORMAT, error: { kind: 'invalid' } }, what)
    assertNoLeak(t, response.body, what)
  }
  t.equal(asked.length, 0)
  const good = await app.inject({ method: 'POST', url: '/operate/v1/apply', headers, payload: JSON.stringify(REQUEST) })
  t.match(good.json(), { format: OPERATE_FORMAT, plan: 'the plan' })
  t.strictSame(asked, [REQUEST])
})

void t.test('a bug is told without what it says', async (t) => {
  const broken = async (): Promise<never> => {
    throw new Error(canary('in the message'))
  }
  const { app } = operate({ plan: broken })
  const response = await app.inject({
    method: 'POST',
    url: '/operate/v1/plan',
    headers,
    payload: JSON.stringify(REQUEST),
  })
  t.equal(response.statusCode, 500)
  t.match(response.json(), { error: { kind: 'internal', message: /bug/ } })
  assertNoLeak(t, response.body, 'the answer')
})
