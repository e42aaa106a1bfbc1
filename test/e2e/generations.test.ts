// A running server takes one generation after another into use while it is being published to.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { request } from 'undici'
import { stringify } from 'yaml'
import { newMasterKey } from '../../src/secrets/master-key.ts'
import { canary } from '../support/canary.ts'
import { onEachDatabase } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { bode, serve } from '../support/program.ts'
import { makeToken } from '../support/token.ts'

const GENERATIONS = 3
const SECRET = canary('publisher')

onEachDatabase(t, 'while generations change, no request fails', async (t, url) => {
  const folder = t.testdir({})
  const file = join(folder, 'bode.yaml')
  const environment = { DATABASE_URL: url, BODE_MASTER_KEY: newMasterKey(), PUBLISHER_SECRET: SECRET }
  const apply = async (number: number): Promise<void> => {
    await writeFile(file, documentOf(number))
    const { exit, stdout, stderr } = await bode(['apply', '-f', file, '--auto-approve'], environment)
    if (exit !== 0) t.comment(stdout, stderr)
    t.equal(exit, 0, `generation ${number} is confirmed by the server`)
  }
  await apply(1)
  const server = await serve(t, environment)
  const done = new AbortController()
  const statuses = new Map<number, number>()
  const publisher = async (): Promise<void> => {
    while (!done.signal.aborted) {
      const status = await publish(server.url)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  const published = publisher()
  for (let number = 2; number <= GENERATIONS; number += 1) await apply(number)
  done.abort()
  await published
  t.strictSame([...statuses.keys()], [201])
  t.match(server.output(), new RegExp(`"generation":${GENERATIONS}\\b`))
})

/** Every generation changes the kanaal that is published on, an abonnement of it and a setting. */
function documentOf(number: number): string {
  return stringify({
    apiVersion: 'bode/v1',
    kind: 'Configuration',
    metadata: { name: 'generations' },
    clientCredentials: {
      publisher: {
        secret: { env: 'PUBLISHER_SECRET' },
        authorizedBy: 'configuration',
        scopes: ['notificaties.publiceren'],
      },
    },
    kanalen: { zaken: { filters: ['bronorganisatie', `kenmerk${number}`] } },
    abonnementen: {
      nobody: {
        callbackUrl: `http://127.0.0.1:1/${number}`,
        auth: { type: 'no_auth' },
        kanalen: [{ naam: 'zaken', filters: { bronorganisatie: 'never' } }],
      },
    },
    tokens: { maxAge: `${number}h` },
  })
}

async function publish(root: string): Promise<number> {
  const token = makeToken({ clientId: 'publisher', secret: SECRET, now: Date.now() })
  const { statusCode, body } = await request(`${root}/api/v1/notificaties`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(messageBody()),
  })
  await body.dump()
  return statusCode
}
