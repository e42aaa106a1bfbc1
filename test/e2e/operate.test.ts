// An operator's day with the built program: dead letters, a replay through a kill, and what the audit says of it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase } from '../../src/db/open.ts'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { assertNoLeak, canary } from '../support/canary.ts'
import { runCli } from '../support/cli.ts'
import { onEachDatabase } from '../support/databases.ts'
import { bode as program, serve } from '../support/program.ts'
import { Receiver } from '../support/receiver.ts'
import { until } from '../support/server.ts'
import { makeToken } from '../support/token.ts'

t.setTimeout(240_000)

const MESSAGES = 40

/** A served configuration with one abonnement, `zac`, whose subscriber is `receiver`. */
async function municipality(t: Test, url: string) {
  const folder = t.testdir({})
  const receiver = await Receiver.start(t)
  const secret = canary('publisher')
  const environment = {
    DATABASE_URL: url,
    BODE_MASTER_KEY: newMasterKey(),
    PUBLISHER_SECRET: secret,
    ZAC_KEY: canary('callback'),
    GITLAB_USER_LOGIN: 'jan',
  }
  writeFileSync(
    join(folder, 'bode.yaml'),
    `apiVersion: bode/v1
kind: Configuration
metadata: { name: gemeente, environment: dev }
clientCredentials:
  publisher:
    secret: { env: PUBLISHER_SECRET }
    authorizedBy: configuration
    scopes: [notificaties.publiceren]
kanalen: { zaken: {} }
abonnementen:
  zac:
    callbackUrl: ${receiver.url}/zac
    auth: { type: api_key, value: { env: ZAC_KEY } }
    kanalen: [{ naam: zaken }]
    delivery: { ordering: hoofdObject }
delivery: { retry: { maxRetries: 0 } }
egress: { policy: private, allow: [127.0.0.0/8] }
`,
  )
  const outputs: string[] = []
  const bode = async (...args: string[]) => {
    const result = await program(args, environment, folder)
    outputs.push(result.stdout, result.stderr)
    return result
  }
  const json = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { stdout, stderr } = await bode(...args, '--format', 'json')
    t.equal(stderr, '', args.join(' '))
    return JSON.parse(stdout) as Record<string, unknown>
  }
  const publish = async (server: string, number: number): Promise<void> => {
    const object = `http://zaken.test/${number % 3}`
    const response = await fetch(`${server}/api/v1/notificaties`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${makeToken({ clientId: 'publisher', secret, now: Date.now() })}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        kanaal: 'zaken',
        hoofdObject: object,
        resource: 'zaak',
        resourceUrl: `${object}/${number}`,
        actie: 'create',
        aanmaakdatum: new Date(Date.now() - 1_000).toISOString(),
        kenmerken: { naam: 'Jansen' },
      }),
    })
    t.equal(response.status, 201, await response.text())
  }
  return { receiver, environment, bode, json, publish, outputs }
}

onEachDatabase(
  t,
  'dead letters are found, sent again through a kill of the server, delivered and audited',
  async (t, url) => {
    const { receiver, environment, bode, json, publish, outputs } = await municipality(t, url)
    t.match(await bode('apply', '--auto-approve'), { exit: 0 })
    receiver.answer({ status: 500 })
    const first = await serve(t, environment)
    for (let number = 1; number <= MESSAGES; number += 1) await publish(first.url, number)
    const database = await openDatabase(url)
    t.teardown(() => database.close())
    // The breaker opens; a resume lets the others be tried, and they die too.
    const count = (outcome: string, replay: number): Promise<number> =>
      database.reader.deliveryDone.count({ where: { outcome, replay } })
    while ((await count('dead', 0)) < MESSAGES) {
      t.equal((await runCli(['deliveries', 'resume', 'zac'], { environment })).exit, 0)
      const isOpen = { where: { breakerOpen: true } }
      await until(
        async () => (await count('dead', 0)) === MESSAGES || (await database.reader.abonnementState.count(isOpen)) > 0,
      )
    }
    const bodies = receiver.requests.map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`)

    t.match(await bode('deliveries', 'list', '--outcome', 'dead', '--limit', '1'), {
      stdout: /^dead .*zac .*status 500 /,
    })
    t.match(await json('deliveries', 'status'), { abonnementen: [{ abonnement: { name: 'zac' }, dead: MESSAGES }] })
    t.match(await json('deliveries', 'replay', '--abonnement', 'zac', '--status', '5xx', '--dry-run'), {
      total: MESSAGES,
    })
    receiver.answer({ status: 204 })
    t.equal((await bode('deliveries', 'resume', 'zac')).exit, 0)
    const started = receiver.requests.length
    t.match(await json('deliveries', 'replay', '--abonnement', 'zac', '--status', '5xx', '--rate', '20'), {
      status: 'started',
      replay: { total: MESSAGES },
    })
    await until(async () => (await database.reader.replayJob.count({ where: { done: { gte: 10 } } })) > 0)
    const gone = new Promise((resolve) => first.child.once('exit', resolve))
    first.child.kill('SIGKILL')
    await gone
    const [half] = (await json('deliveries', 'replays'))['replays'] as { state: string; done: number }[]
    t.equal(half?.state, 'running')
    t.ok(Number(half?.done) < MESSAGES, `${half?.done} were on their way`)
    t.equal(
      (await database.reader.delivery.count({ where: { replay: 1 } })) +
        (await database.reader.deliveryDone.count({ where: { replay: 1 } })),
      half?.done,
    )

    const second = await serve(t, environment)
    await until(
      async () =>
        (await database.reader.deliveryDone.count({ where: { outcome: 'delivered', replay: 1 } })) === MESSAGES,
    )
    await until(
      async () => (await database.reader.replayJob.count({ where: { state: 'finished', done: MESSAGES } })) === 1,
    )
    t.equal(
      await database.reader.deliveryDone.count(),
      2 * MESSAGES,
      'a dead run and a delivered one of each, and no more',
    )
    t.equal(await database.reader.delivery.count(), 0)
    const again = receiver.requests
      .slice(started)
      .map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`)
    t.strictSame(new Set(again), new Set(bodies), 'the same ids with the same bytes')
    t.ok(again.length <= MESSAGES + 16, 'at most what was in flight at the kill came twice')
    for (const object of [0, 1, 2]) {
      const order = [...new Set(again)]
        .filter((text) => text.includes(`zaken.test/${object}/`))
        .map((text) => Number(/\/(\d+)"/.exec(text.slice(text.indexOf('resourceUrl')))?.[1]))
      t.strictSame(
        order,
        order.toSorted((a, b) => a - b),
        `object ${object} in order`,
      )
    }
    t.match(await json('deliveries', 'replay', '--abonnement', 'zac', '--status', '5xx'), { status: 'nothing' })

    const refused = await fetch(`${second.url}/api/v1/kanaal`, { headers: { authorization: 'Bearer x' } })
    t.equal(refused.status, 403)
    t.match(await bode('token', 'publisher'), { exit: 0 })
    outputs.pop()
    outputs.pop()
    t.equal(await second.stop(), 0)
    const { entries } = (await json('audit', 'list', '--limit', '1000')) as {
      entries: { actor: string; action: string }[]
    }
    t.strictSame(
      new Set(entries.map(({ actor, action }) => `${actor} ${action}`)),
      new Set([
        'operator:jan configuration.apply',
        'operator:jan abonnement.resume',
        'operator:jan deliveries.replay',
        'bode deliveries.replay-end',
        'operator:jan token.make',
        'unknown access.refused',
      ]),
    )
    t.match(await bode('audit', 'list', '--actor', 'operator', '--action', 'deliveries', '--from', '1h'), {
      stdout:
        /operator:jan {2}deliveries\.replay {2}replay \S+ {2}done\n {4}\{"filter":\{"status":"5xx","abonnement":"zac"\}|operator:jan {2}deliveries\.replay/,
    })
    t.match(await json('audit', 'list', '--until', '1h'), { entries: [] })
    assertNoLeak(t, outputs.join('\n') + first.output() + second.output(), 'what the program said')
    t.notMatch(JSON.stringify(entries), /Jansen/, 'no payload')
  },
)
