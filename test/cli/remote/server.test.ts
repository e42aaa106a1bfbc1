import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { EXIT } from '../../../src/cli/exit-codes.ts'
import { version } from '../../../src/common/package-root.ts'
import { OPERATE_FORMAT, type OperateRequest } from '../../../src/http/operate/protocol.ts'
import type { Plan } from '../../../src/reconcile/plan.ts'
import { assertNoLeak, canary } from '../../support/canary.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { runCli } from '../../support/cli.ts'
import { freshDatabaseUrl } from '../../support/databases.ts'
import { EVERY_KIND } from '../../support/documents.ts'
import { operated, OPERATE_TOKEN } from '../../support/operate.ts'
import { listenOnLoopback } from '../../support/loopback.ts'

const EMPTY_PLAN: Plan = {
  format: 'bode.plan/1',
  tool: version,
  documents: [],
  summary: { create: 0, update: 0, delete: 0, unchanged: 0, drift: { putBack: 0, kept: 0 } },
  changes: [],
  drift: [],
  notDeclared: {},
  notOurs: {},
  refusals: [],
  sha256: '0'.repeat(64),
}

type Stub = { url: string; bodies: OperateRequest[] }
type Answer = { status?: number; body: string | object }

/** Something that listens and gives `answer` to everybody. */
async function stub(t: Test, answer: Answer, tls?: { key: string; cert: string }): Promise<Stub> {
  const bodies: OperateRequest[] = []
  const listener: RequestListener = (request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += String(chunk)))
    request.on('end', () => {
      bodies.push(JSON.parse(text) as OperateRequest)
      response.writeHead(answer.status ?? 200)
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
    })
  }
  const server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener)
  const port = await listenOnLoopback(server)
  t.teardown(() => server.close())
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, bodies }
}

const TOKEN = { BODE_SERVER_TOKEN: OPERATE_TOKEN }

function plan(t: Test, url: string, environment: Record<string, string> = TOKEN, args: string[] = []) {
  const cwd = t.testdir({ 'bode.yaml': EVERY_KIND, 'vars.yaml': EVERY_KIND.replace('zac.example.nl', '${ZAC_HOST}') })
  return runCli(['plan', '--server', url, ...args], { cwd, environment })
}

void t.test('each kind of failure of the server is the exit code that it would be here', async (t) => {
  const kinds = ['invalid', 'secret', 'conflict', 'refused', 'locked', 'unreachable', 'unconfirmed', 'usage'] as const
  for (const kind of kinds) {
    const diagnostics = [{ id: 'a/b', severity: 'error', message: 'what is wrong' }]
    const body = { format: OPERATE_FORMAT, error: { kind, message: 'why not' }, diagnostics }
    const { url } = await stub(t, { status: 409, body })
    const result = await plan(t, url)
    t.equal(result.exit, EXIT[kind], kind)
    t.match(result.stderr, /what is wrong[^]*why not/, kind)
  }
  const bug = { format: OPERATE_FORMAT, error: { kind: 'internal', message: 'a bug' }, diagnostics: [] }
  t.equal((await plan(t, (await stub(t, { status: 500, body: bug })).url)).exit, 1)
})

void t.test('whatever else answers, or nothing, is exit 8', async (t) => {
  const answers: Answer[] = [
    { body: 'hello' },
    { body: '' },
    { body: 'null' },
    { body: { format: 'another/1' } },
    { status: 404, body: { code: 'not_found' } },
    { status: 502, body: '<html>Bad gateway</html>' },
  ]
  for (const answer of answers) {
    const result = await plan(t, (await stub(t, answer)).url)
    t.match(result, { exit: 8, stderr: /is not the operators' API/ }, JSON.stringify(answer))
  }
  t.match(await plan(t, 'http://127.0.0.1:1'), {
    exit: 8,
    stderr: /http:\/\/127\.0\.0\.1:1 does not answer: .*refused/i,
  })
})

void t.test('a command line that cannot be meant is exit 64, and a token is asked for', async (t) => {
  const cases: [args: string[], message: RegExp][] = [
    [['http://bode.example.nl'], /must be https/],
    [['http://127.0.0.1.example.nl'], /must be https/],
    [['https://jan:geheim@bode.example.nl'], /--server is the URL/],
    [['ftp://bode.example.nl'], /--server is the URL/],
    [['bode.example.nl'], /--server is the URL/],
    [['http://127.0.0.1:1', '--database-url', 'file:./x.db'], /--database-url does not go with --server/],
    [['http://127.0.0.1:1', '--wait-for-db', '1s'], /--wait-for-db does not go with --server/],
  ]
  for (const [[url = '', ...args], message] of cases) {
    const result = await plan(t, url, TOKEN, args)
    t.match(result, { exit: 64, stderr: message }, url)
    t.notMatch(result.stderr, /geheim/)
  }
  const saved = await runCli(['apply', 'plan.json', '--server', 'http://127.0.0.1:1'], { environment: TOKEN })
  t.match(saved, { exit: 64, stderr: /applied to the database itself, without --server/ })
  t.match(await plan(t, 'http://127.0.0.1:1', TOKEN, ['--out', 'x']), { exit: 64, stderr: /--out/ })
  t.match(await plan(t, 'http://127.0.0.1:1', {}), { exit: 4, stderr: /BODE_SERVER_TOKEN/ })
  t.match(await plan(t, 'http://127.0.0.1:1', { BODE_SERVER_TOKEN: 'a b' }), { exit: 4 })
})

void t.test('only the variables of the document leave this machine', async (t) => {
  const { url, bodies } = await stub(t, { body: { format: OPERATE_FORMAT, plan: EMPTY_PLAN, warnings: [] } })
  const environment = { ...TOKEN, ZAC_HOST: 'zac.gemeente.nl', ZAC_KEY: canary('key'), OTHER: canary('other') }
  t.equal((await plan(t, url, environment, ['-f', 'vars.yaml'])).exit, 0)
  t.strictSame(bodies[0]?.variables, { ZAC_HOST: 'zac.gemeente.nl' })
  t.match(bodies[0]?.sources, [{ file: 'vars.yaml' }])
  assertNoLeak(t, JSON.stringify(bodies), 'what was sent')
})

void t.test('a server over https is believed when its authority is', async (t) => {
  const tls = makeCertificate({ selfSigned: true })
  const { url } = await stub(t, { body: { format: OPERATE_FORMAT, plan: EMPTY_PLAN, warnings: [] } }, tls)
  t.match(await plan(t, url), { exit: 8, stderr: /certificate/ })
  const ca = join(mkdtempSync(join(tmpdir(), 'bode-ca-')), 'ca.pem')
  t.teardown(() => rmSync(dirname(ca), { recursive: true }))
  writeFileSync(ca, tls.cert)
  t.match(await plan(t, url, TOKEN, ['--server-ca', ca]), { exit: 0, stdout: /No changes/ })
  t.match(await plan(t, url, TOKEN, ['--server-ca', 'nothing.pem']), { exit: 3, stderr: /--server-ca/ })
})

void t.test(
  'the server tells a wrong token, what it may not look up, and a plan that is no longer the plan',
  async (t) => {
    const { remotely, operateUrl, write } = await operated(t, await freshDatabaseUrl(t, 'sqlite'))
    const environment = { BODE_SERVER_TOKEN: `${OPERATE_TOKEN}x` }
    t.match(await remotely(['plan'], { environment }), { exit: 4, stderr: /not the one of BODE_OPERATE_TOKEN/ })
    for (const reference of ['env: BODE_MASTER_KEY', 'env: DATABASE_URL', 'file: /etc/passwd']) {
      write(EVERY_KIND.replace('env: ZAC_KEY', reference))
      const result = await remotely(['apply', '--auto-approve'])
      t.match(result, { exit: 4, stderr: /error\[secret\/not-allowed\][^]*bode\.yaml:\d+:\d+/ }, reference)
    }
    const body: OperateRequest = {
      format: OPERATE_FORMAT,
      sources: [{ file: 'bode.yaml', text: EVERY_KIND }],
      variables: {},
      allowance: { empty: false },
      options: {
        onDrift: 'keep',
        switchEnvironment: false,
        dryRun: false,
        lockTimeoutMs: 0,
        waitForServersMs: 0,
        planSha256: '0'.repeat(64),
      },
      audit: { actor: 'jan', commitSha: null, pipelineUrl: null },
    }
    const send = async (changes: object): Promise<{ status: number; text: string }> => {
      const response = await fetch(`${operateUrl}/operate/v1/apply`, {
        method: 'POST',
        headers: { authorization: `Bearer ${OPERATE_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, ...changes }),
      })
      return { status: response.status, text: await response.text() }
    }
    t.match(await send({}), { status: 409, text: /"kind":"conflict"[^]*plan again/ })
    const text = EVERY_KIND.replace('https://zac.example.nl', '${BODE_MASTER_KEY}')
    t.match(await send({ sources: [{ file: 'a.yaml', text }] }), { status: 422, text: /BODE_MASTER_KEY is not set/ })
  },
)
