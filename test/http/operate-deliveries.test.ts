import t from 'tap'
import type { DeliveryOperations } from '../../src/common/deliveries.ts'
import { Secret } from '../../src/common/secret.ts'
import { createOperateApp } from '../../src/http/operate/app.ts'
import { createLogger } from '../../src/observability/logger.ts'

const TOKEN = 'a-token-of-an-operator-of-32-bytes'
const headers = { authorization: `Bearer ${TOKEN}` }

/** The app with operations that only write down what they were asked. */
function operate() {
  const asked: unknown[][] = []
  const nobody = async (): Promise<never> => {
    throw new Error('not asked here')
  }
  const app = createOperateApp({
    noteRefusal: () => {},
    token: new Secret(TOKEN),
    logger: createLogger({ level: 'silent' }),
    handlers: {
      plan: nobody,
      apply: nobody,
      status: nobody,
      audit: nobody,
      deliveries: async (actor, work) => {
        const operations = new Proxy({} as DeliveryOperations, {
          get:
            (_target, name) =>
            async (...args: unknown[]) => {
              asked.push([actor, name, ...args])
              return {}
            },
        })
        return { status: 200, body: await work(operations) }
      },
    },
  })
  return { app, asked }
}

void t.test('each route asks for what it says', async (t) => {
  const { app, asked } = operate()
  const calls: ['GET' | 'POST', string, object | undefined, unknown[]][] = [
    ['GET', 'deliveries', undefined, ['list', {}, { limit: 50, after: undefined }]],
    [
      'GET',
      'deliveries?outcome=dead&abonnement=zac&status=5xx&limit=7&after=4.x',
      undefined,
      ['list', { outcome: 'dead', abonnement: 'zac', status: '5xx' }, { limit: 7, after: '4.x' }],
    ],
    ['GET', 'deliveries/4.x', undefined, ['show', '4.x', { body: false }]],
    ['GET', 'deliveries/4.x?body=true', undefined, ['show', '4.x', { body: true }]],
    ['GET', 'abonnementen', undefined, ['status']],
    ['POST', 'abonnementen/zac%2Fb/pause', { reason: 'moves' }, ['pause', 'zac/b', 'moves']],
    ['POST', 'abonnementen/zac/pause', {}, ['pause', 'zac', null]],
    ['POST', 'abonnementen/zac/resume', undefined, ['resume', 'zac']],
    ['GET', 'replays', undefined, ['replays']],
    ['POST', 'replays', { filter: { kanaal: 'zaken' } }, ['startReplay', { kanaal: 'zaken' }, 50]],
    ['POST', 'replays', { filter: {}, ratePerSecond: 5 }, ['startReplay', {}, 5]],
    ['POST', 'replays', { filter: {}, dryRun: true }, ['countReplay', {}]],
    ['POST', 'replays/r1/cancel', undefined, ['cancelReplay', 'r1']],
  ]
  for (const [method, path, payload, expected] of calls) {
    const url = `/operate/v1/${path}`
    const response = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
    t.equal(response.statusCode, 200, `${method} ${path}: ${response.body}`)
    t.match(response.json(), { format: 'bode.operate/1' })
    t.strictSame(asked.pop(), ['api', ...expected], `${method} ${path}`)
  }
})

void t.test('what is not exactly understood is refused, and nothing is asked', async (t) => {
  const { app, asked } = operate()
  const calls: ['GET' | 'POST', string, (object | string)?][] = [
    ['GET', 'deliveries?outcom=dead'],
    ['GET', 'deliveries?outcome=ded'],
    ['GET', 'deliveries?outcome=dead&outcome=held'],
    ['GET', 'deliveries?limit=0'],
    ['GET', 'deliveries?limit=1001'],
    ['GET', 'deliveries?limit=1.5'],
    ['GET', 'deliveries?limit=abc'],
    ['GET', 'deliveries?abonnement='],
    ['GET', 'deliveries?kanaal=a%00b'],
    ['GET', 'deliveries/4.x?body=yes'],
    ['GET', 'abonnementen?outcome=dead'],
    ['POST', 'abonnementen/zac/pause', { reson: 'typo' }],
    ['POST', 'abonnementen/zac/pause', { reason: 1 }],
    ['POST', 'replays'],
    ['POST', 'replays', {}],
    ['POST', 'replays', { filter: { outcom: 'dead' } }],
    ['POST', 'replays', { filter: {}, ratePerSecond: '5' }],
    ['POST', 'replays', { filter: {}, ratePerSecond: 0 }],
    ['POST', 'replays', { filter: {}, dryrun: true }],
    ['POST', 'replays', { filter: {}, dryRun: 'true' }],
    ['POST', 'replays', { filter: { abonnement: null } }],
  ]
  for (const [method, path, payload] of calls) {
    const url = `/operate/v1/${path}`
    const response = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
    t.equal(response.statusCode, 400, `${method} ${path} ${JSON.stringify(payload)}`)
    t.match(response.json(), { format: 'bode.operate/1', error: { kind: 'invalid', message: /not understood/ } })
  }
  t.equal((await app.inject({ url: '/operate/v1/deliveries' })).statusCode, 401)
  t.strictSame(asked, [])
})

void t.test('who asks is told in a header, which is a name or nothing', async (t) => {
  const { app, asked } = operate()
  const call = (actor: string) =>
    app.inject({ url: '/operate/v1/replays', headers: { ...headers, 'bode-actor': actor } })
  await call(encodeURIComponent('José'))
  t.strictSame(asked.pop(), ['José', 'replays'])
  for (const actor of ['', '%', '%0a', '%1b[2J', 'x'.repeat(201)]) {
    const response = await call(actor)
    t.equal(response.statusCode, 400, actor)
    t.match(response.json(), { error: { message: /bode-actor/ } })
  }
  t.strictSame(asked, [])
})
