// A publisher without a JWT, as the DRC of Baseflow: a fixed token from an environment variable, from the
// document to the commands that tell about it.
import t from 'tap'
import { stringify } from 'yaml'
import { assertNoLeak, canary } from '../support/canary.ts'
import { onEachDatabase } from '../support/databases.ts'
import { workplace } from '../support/documents.ts'
import { messageBody } from '../support/notificatie.ts'
import { startTestServer } from '../support/server.ts'

const TOKENS = { DRC_TOKEN: canary('drc-token'), DRC_TOKEN_OLD: canary('drc-token-before') }

const DOCUMENT = stringify({
  apiVersion: 'bode/v1',
  kind: 'Configuration',
  metadata: { name: 'gemeente', environment: 'dev' },
  clientCredentials: {
    drc: {
      type: 'static',
      secret: { env: 'DRC_TOKEN' },
      previousSecret: { env: 'DRC_TOKEN_OLD', expiresAt: '2099-01-01T00:00:00Z' },
      authorizedBy: 'configuration',
      scopes: ['notificaties.publiceren'],
    },
  },
  kanalen: { documenten: {}, zaken: { filters: ['bronorganisatie', 'zaaktype', 'vertrouwelijkheidaanduiding'] } },
})

onEachDatabase(t, 'a publisher with a fixed token, from the document to its last use', async (t, url) => {
  const place = workplace(t, url, DOCUMENT)
  const environment = { ...place.environment, ...TOKENS }
  const outputs: string[] = []
  const bode = async (...args: string[]) => {
    const result = await place.bode(args, { environment })
    outputs.push(result.stdout, result.stderr)
    return result
  }
  t.match(await bode('apply', '--auto-approve'), { exit: 0, stdout: /3 created/ })
  const server = await startTestServer(t, { databaseUrl: url, environment, cwd: place.folder })

  // NOTIFICATION_API_URL and NOTIFICATION_API_TOKEN of the publisher.
  const call = async (method: string, path: string, token: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    return (await fetch(`${server.url}/api/v1${path}`, { method, headers, ...init })).status
  }
  t.equal(await call('GET', '/kanaal', TOKENS.DRC_TOKEN), 200)
  t.equal(await call('POST', '/notificaties', TOKENS.DRC_TOKEN, messageBody()), 201)
  t.equal(await call('POST', '/notificaties', TOKENS.DRC_TOKEN_OLD, messageBody()), 201)
  t.equal(await call('POST', '/notificaties', `${TOKENS.DRC_TOKEN}x`, messageBody()), 403)
  await server.stop()

  const listed = await bode('secrets', 'list')
  t.match(listed.stdout, /clientCredentials\.drc\.secret +env:DRC_TOKEN .*last used/)
  t.match(listed.stdout, /clientCredentials\.drc\.previousSecret +env:DRC_TOKEN_OLD .*last used/)
  t.match(
    (await bode('doctor', '--only', 'clients', '-f', 'bode.yaml')).stdout,
    /drc.*may use notificaties\.publiceren/,
  )
  t.match(await bode('token', 'drc'), { exit: 3, stderr: /is of type static/ })

  const exported = await bode('export')
  t.match(exported.stdout, /drc:\n +type: static\n/)
  place.write(exported.stdout, 'exported.yaml')
  t.match(await bode('plan', '-f', 'exported.yaml', '--detailed-exitcode'), { exit: 0, stdout: /No changes/ })

  place.write(DOCUMENT.replace('type: static', 'type: zgw'))
  const plan = await bode('plan', '--detailed-exitcode')
  t.match(plan, { exit: 2, stdout: /~ clientCredentials\.drc .*\n +- type +static/ })
  for (const output of [...outputs, JSON.stringify(server.logged())]) assertNoLeak(t, output, 'output and log')
})
