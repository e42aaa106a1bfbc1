// Whatever is wrong, and whichever command tells of it in whichever form: no secret comes out.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase } from '../../src/db/open.ts'
import { assertNoLeak, canary, leakIn } from '../support/canary.ts'
import { onEachDatabase } from '../support/databases.ts'
import { EVERY_KIND, workplace, type Workplace } from '../support/documents.ts'
import { dumpTables } from '../support/dump.ts'
import { query } from '../support/postgres.ts'
import { bode } from '../support/program.ts'

t.setTimeout(240_000)

const SECRET = canary('secret')
const FORMATS = ['text', 'json', 'markdown', 'github', 'gitlab', 'sarif']
const HEAD = `apiVersion: bode/v1\nkind: Configuration\nmetadata: { name: gemeente, environment: dev }\n`
const client = (secret: string): string => `${HEAD}clientCredentials:\n  open-zaak:\n    secret: ${secret}\n`

const BROKEN: Record<string, string> = {
  'a literal where a reference belongs': client(SECRET),
  'a literal in quotes that do not end': client(`"${SECRET}`),
  'a literal with a colon': client(`${SECRET}: ${SECRET}`),
  'a list': client(`[${SECRET}]`),
  'a map with the secret as key': client(`{ ${SECRET} }`),
  'a wrong type in the reference': client(`{ env: { ${SECRET}: 1 } }`),
  'an unknown key beside the literal': client(`{ insecureLiteral: ${SECRET}, oops: ${SECRET}-2 }`),
  'a misspelt literal': client(`{ insecureLitteral: ${SECRET} }`),
  'a key that stands twice': client(`{ insecureLiteral: ${SECRET}, insecureLiteral: ${SECRET}-2 }`),
  'an anchor': client(`&${SECRET}`),
  'an alias': client(`*${SECRET}`),
  'a tag': client(`!${SECRET} x`),
  'a tab before it': client(`{ insecureLiteral:\t${SECRET}\n\t }`),
  'a block text': client(`|\n      ${SECRET}\n     bad`),
  'a variable named after it': client(`{ insecureLiteral: "\${${SECRET}" }`),
  'a comment beside a mistake': client(`{ env: OPEN_ZAAK } # was ${SECRET}\n    scope: [x]`),
  'an unknown section': `${HEAD}clientCredential:\n  open-zaak: { secret: { insecureLiteral: ${SECRET} } }\n`,
  'a line that lost its indentation': `${HEAD}clientCredentials:\n  open-zaak:\nsecret: ${SECRET}\n`,
  'a previous secret without its end': client(`{ env: X }\n    previousSecret: { insecureLiteral: ${SECRET} }`),
  'a literal outside development': client(`{ insecureLiteral: ${SECRET} }`).replace('dev', 'production'),
  'a callback with a password': `${HEAD}kanalen: { zaken: {} }
abonnementen:
  zac: { callbackUrl: "https://user:${SECRET}@zac.example.nl/", auth: { type: no_auth }, kanalen: [{ naam: zaken }] }
`,
  'an auth of another type': `${HEAD}kanalen: { zaken: {} }
abonnementen:
  zac: { callbackUrl: "https://zac.example.nl/", auth: { type: basic, password: ${SECRET} }, kanalen: [{ naam: zaken }] }
`,
  'an api key as text': `${HEAD}kanalen: { zaken: {} }
abonnementen:
  zac: { callbackUrl: "https://zac.example.nl/", auth: { type: api_key, value: ${SECRET} }, kanalen: [{ naam: zaken }] }
`,
  'a broken overlay': `apiVersion: bode/v1
kind: Overlay
metadata: { environment: test }
extends: bode.yaml
patch: { clientCredentials: { open-zaak: { secret: ${SECRET}, more: { insecureLiteral: ${SECRET} } } } }
`,
}

/** Runs a command in every format and searches everything that it says and writes. */
async function search(t: Test, { bode, folder }: Workplace, args: string[], environment = {}): Promise<void> {
  for (const format of FORMATS) {
    const { stdout, stderr } = await bode([...args, '--format', format], { environment })
    assertNoLeak(t, stdout + stderr, `${args.join(' ')} as ${format}`)
  }
  const reports = FORMATS.map((format) => `--report=report.${format}=${format}`)
  await bode([...args, ...reports], { environment })
  for (const file of readdirSync(folder).filter((name) => name.startsWith('report.'))) {
    assertNoLeak(t, readFileSync(join(folder, file)), `the report ${file} of ${args.join(' ')}`)
  }
}

void t.test('a broken document', async (t) => {
  for (const [name, text] of Object.entries(BROKEN)) {
    await t.test(name, async (t) => {
      const place = workplace(t, 'file:/nowhere/bode.db', text)
      await search(t, place, ['validate'])
      for (const args of [
        ['plan'],
        ['apply', '--auto-approve'],
        ['fmt', '--check'],
        ['render'],
        ['secrets', 'check'],
      ]) {
        const { stdout, stderr } = await place.bode(args)
        // What is YAML is formatted or rendered as it stands: it is the author's own document that comes back.
        const own = args[0] === 'render' || args[0] === 'fmt'
        assertNoLeak(t, own ? stderr : stdout + stderr, args.join(' '))
      }
    })
  }
})

const DEAD = `postgresql://bode:${SECRET}@127.0.0.1:1/bode`
const WORLDS: Record<string, Record<string, string | undefined>> = {
  'a database that is not there, with a password': { DATABASE_URL: DEAD },
  'a database URL that is none': { DATABASE_URL: `postgresql://bode:${SECRET}@[/` },
  'a database file that is not there': { DATABASE_URL: 'file:/nowhere/bode.db' },
  'a master key that is none': { BODE_MASTER_KEY: SECRET },
  'a master key that is weak': { BODE_MASTER_KEY: Buffer.alloc(32, 'c4n4ry').toString('base64url') },
  'a secret twice': { AC_SECRET: SECRET, AC_SECRET_FILE: '/nowhere' },
  'a secret in a file that is not there': { AC_SECRET: undefined, AC_SECRET_FILE: '/nowhere' },
  'no secret': { AC_SECRET: undefined },
  'two equal secrets, too short': { AC_SECRET: 'c4n4ry', OLD_SECRET: 'c4n4ry' },
}

void t.test('a world that does not fit', async (t) => {
  for (const [name, environment] of Object.entries(WORLDS)) {
    await t.test(name, async (t) => {
      const place = workplace(t, 'file:/nowhere/bode.db')
      for (const args of [['plan'], ['apply', '--auto-approve'], ['status'], ['export'], ['secrets', 'check']]) {
        const { exit, stdout, stderr } = await place.bode(args, { environment })
        t.not(exit, 1, `${args.join(' ')}: ${stderr}`)
        assertNoLeak(t, stdout + stderr, args.join(' '))
      }
    })
  }
})

onEachDatabase(t, 'a whole life in the database', async (t, url, provider) => {
  const place = workplace(t, url)
  const ok = async (args: string[]): Promise<void> => {
    const { exit, stderr } = await place.bode(args)
    t.equal(exit, 0, `${args.join(' ')}: ${stderr}`)
  }
  await search(t, place, ['plan'])
  await ok(['plan', '--out', 'saved.plan'])
  assertNoLeak(t, readFileSync(join(place.folder, 'saved.plan')), 'a saved plan')
  await ok(['apply', 'saved.plan', '--auto-approve'])

  const database = await openDatabase(url)
  t.teardown(() => database.close())
  await database.transaction(
    (tx) =>
      tx.$executeRaw`UPDATE abonnement SET callback_url = 'https://elsewhere.example.nl/', updated_by = 'somebody'`,
  )
  await search(t, place, ['drift'])
  place.write(EVERY_KIND.replace('timeout: 10s', 'timeout: 20s').replace(/ {4}previousSecret:.*\n/, ''))
  place.write(canary('rotated'), 'open-zaak.secret')
  await search(t, place, ['plan'])
  await search(t, place, ['apply', '--dry-run'])

  await breakTables(url, provider)
  await search(t, place, ['apply', '--auto-approve'])
  await mendTables(url, provider)

  await ok(['apply', '--auto-approve'])
  for (const args of [
    ['export'],
    ['history'],
    ['show', '1'],
    ['show', '1', '--yaml'],
    ['status'],
    ['secrets', 'list'],
  ]) {
    await search(t, place, args)
  }
  await ok(['rollback', '1', '--auto-approve', '--allow-deletes', '9'])
  assertNoLeak(t, JSON.stringify(await dumpTables(url)), 'any table')
  if (provider === 'sqlite') {
    for (const file of [url.slice('file:'.length), `${url.slice('file:'.length)}-wal`].filter((name) =>
      existsSync(name),
    )) {
      assertNoLeak(t, readFileSync(file), file.replace(/.*\//, ''))
    }
  }
})

/** The database refuses a row, and says which. */
async function breakTables(url: string, provider: string): Promise<void> {
  if (provider === 'postgresql') {
    await query(url, `ALTER TABLE secret ADD CONSTRAINT refused CHECK (expires_at > 0 AND expires_at < 0) NOT VALID`)
    await query(url, `ALTER TABLE client_credential ADD CONSTRAINT refused CHECK (owner = '') NOT VALID`)
    return
  }
  const database = await openDatabase(url)
  await database.transaction(
    (tx) => tx.$executeRaw`CREATE TRIGGER refused BEFORE INSERT ON secret BEGIN SELECT RAISE(ABORT, 'refused'); END`,
  )
  await database.close()
}

async function mendTables(url: string, provider: string): Promise<void> {
  if (provider === 'postgresql') {
    await query(url, 'ALTER TABLE secret DROP CONSTRAINT refused')
    await query(url, 'ALTER TABLE client_credential DROP CONSTRAINT refused')
    return
  }
  const database = await openDatabase(url)
  await database.transaction((tx) => tx.$executeRaw`DROP TRIGGER refused`)
  await database.close()
}

void t.test('an environment in which the YAML library for Node prints what it parses', async (t) => {
  const { folder } = workplace(t, 'file:/nowhere/bode.db', client(`{ insecureLiteral: ${SECRET} }`))
  const { exit, stdout, stderr } = await bode(['validate'], { LOG_TOKENS: '1', LOG_STREAM: '1' }, folder)
  t.equal(exit, 0, stderr)
  t.match(stdout, /^valid: gemeente/)
  assertNoLeak(t, stdout + stderr, 'validate')
})

void t.test('this test finds what it looks for', async (t) => {
  t.ok(leakIn(SECRET))
})
