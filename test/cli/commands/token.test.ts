import { createVerifier } from 'fast-jwt'
import t from 'tap'
import type { Database } from '../../../src/db/open.ts'
import { newMasterKey } from '../../../src/secrets/master-key.ts'
import { loadMasterKey } from '../../../src/secrets/master-key.ts'
import { runCli } from '../../support/cli.ts'
import { onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { seedClientCredential } from '../../support/seed.ts'

const SECRET = 'canary-secret-of-the-demo-client-1'
const masterKey = newMasterKey()

async function seeded(database: Database, environment: string | null): Promise<void> {
  const key = loadMasterKey({ BODE_MASTER_KEY: masterKey })
  await seedClientCredential(database, { clientId: 'demo', secret: SECRET, key })
  const plan = JSON.stringify({ documents: [{ owner: 'test', environment }] })
  await database.transaction((tx) =>
    tx.generation.create({
      data: { number: 1, owner: 'test', digest: '', plan, actor: 'test', toolVersion: '0', appliedAt: 1n },
    }),
  )
}

onEachDatabase(t, 'in a dev environment it prints a JWT that the client could have made', async (t, url) => {
  await seeded(await openTestDatabase(t, url), 'dev')
  const environment = { DATABASE_URL: url, BODE_MASTER_KEY: masterKey }
  const { exit, stdout, stderr } = await runCli(['token', 'demo', '--user-id', 'jan'], { environment })
  t.equal(exit, 0, stderr)
  const claims: unknown = createVerifier({ key: SECRET, algorithms: ['HS256'] })(stdout.trim())
  t.match(claims, { client_id: 'demo', iss: 'demo', user_id: 'jan' })
  t.notMatch(stdout + stderr, SECRET)
})

onEachDatabase(t, 'elsewhere it refuses, unless told --i-know', async (t, url) => {
  await seeded(await openTestDatabase(t, url), 'production')
  const environment = { DATABASE_URL: url, BODE_MASTER_KEY: masterKey }
  const refused = await runCli(['token', 'demo'], { environment })
  t.equal(refused.exit, 6)
  t.match(refused.stderr, /production, not dev; use --i-know/)
  t.equal((await runCli(['token', 'demo', '--i-know'], { environment })).exit, 0)
})

onEachDatabase(t, 'a static client signs no tokens', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await seeded(database, 'dev')
  const key = loadMasterKey({ BODE_MASTER_KEY: masterKey })
  await seedClientCredential(database, { clientId: 'drc', type: 'static', secret: SECRET, key })
  const environment = { DATABASE_URL: url, BODE_MASTER_KEY: masterKey }
  for (const args of [
    ['token', 'drc'],
    ['token', 'drc', '--i-know'],
  ]) {
    const { exit, stdout, stderr } = await runCli(args, { environment })
    t.equal(exit, 3)
    t.equal(stdout, '')
    t.match(stderr, /"drc" is of type static: it signs no tokens and sends its secret itself/)
  }
})

onEachDatabase(t, 'what is wrong is said', async (t, url) => {
  await seeded(await openTestDatabase(t, url), null)
  const environment = { DATABASE_URL: url, BODE_MASTER_KEY: masterKey }
  const cases: [string[], Record<string, string>, number, RegExp][] = [
    [['token'], environment, 64, /bode token CLIENT_ID/],
    [['token', 'demmo'], environment, 3, /no client credential "demmo".*did you mean "demo"/],
    [['token', 'demo'], { DATABASE_URL: url }, 4, /bode secrets key/],
    [['token', 'demo', '--i-know'], { ...environment, BODE_MASTER_KEY: newMasterKey() }, 4, /master key/],
  ]
  for (const [args, env, exit, message] of cases) {
    const result = await runCli(args, { environment: env })
    t.match(result, { exit, stderr: message }, args.join(' '))
  }
})
