import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { ApplyReport } from '../../../src/cli/views/apply.ts'
import { writeServerRow } from '../../../src/db/server-row.ts'
import { onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { CANARY, EVERY_KIND, workplace } from '../../support/documents.ts'
import { query } from '../../support/postgres.ts'

onEachDatabase(t, 'apply creates once, then changes nothing, and takes out what is taken out', async (t, url) => {
  const { bode, write } = workplace(t, url)
  const first = await bode(['apply', '--auto-approve', '--note', 'first'])
  t.equal(first.exit, 0, first.stderr)
  t.match(first.stdout, /Applied generation 1: 7 created, 0 updated, 0 deleted\./)
  t.match(first.stdout, /No server is running\./)
  t.match(await bode(['apply', '--no-input']), { exit: 0, stdout: 'No changes. 7 objects match generation 1.\n' })
  write(EVERY_KIND.replace(/clientCredentials:[^]*?(?=kanalen:\n {2}zaken)/, 'clientCredentials: {}\n'))
  t.match(await bode(['apply', '--auto-approve']), {
    exit: 0,
    stdout: /Applied generation 2: 0 created, 0 updated, 1 deleted/,
  })
  const database = await openTestDatabase(t, url)
  t.equal(await database.reader.clientCredential.count(), 0)
  t.match(await database.reader.generation.findFirst({ where: { number: 1 } }), {
    actor: 'jan',
    commitSha: '9c1e2ab',
    note: 'first',
  })
})

onEachDatabase(t, 'apply asks, and only yes is yes', async (t, url) => {
  const { bode } = workplace(t, url)
  for (const input of ['no\n', '\n', 'yess\n', '']) {
    const { exit, stdout, stderr } = await bode(['apply'], { input })
    t.match({ exit, stdout }, { exit: 6, stdout: 'Nothing was changed.\n' })
    t.match(stderr, /\+ kanalen\.zaken[^]*Apply this plan\? \(yes\/no\)[^]*not approved/)
  }
  t.match(await bode(['apply', '--no-input'], { input: 'yes\n' }), { exit: 6, stderr: /use --auto-approve/ })
  t.match(await bode(['apply']), { exit: 6, stdout: /\+ kanalen\.zaken/, stderr: /use --auto-approve/ })
  const { exit, stdout } = await bode(['apply'], { input: 'yes\n' })
  t.equal(exit, 0)
  t.match(stdout, /^Applied generation 1/)
})

onEachDatabase(t, 'a dry run changes nothing', async (t, url) => {
  const { bode } = workplace(t, url)
  t.match(await bode(['apply', '--dry-run']), { exit: 0, stdout: /generation 1 was written and rolled back/ })
  t.match((await bode(['plan'])).stdout, /7 to create/)
})

onEachDatabase(t, 'deleting everything is refused without --allow-empty, and the plan is shown', async (t, url) => {
  const [head] = EVERY_KIND.split('autorisaties:')
  const { bode, write } = workplace(t, url, `${head}kanalen: { zaken: {}, besluiten: {} }\n`)
  await bode(['apply', '--auto-approve'])
  write(`${head}kanalen: {}\n`)
  t.match(await bode(['plan']), { exit: 0, stdout: /apply will refuse this: "gemeente" would have nothing left/ })
  for (const input of [undefined, 'yes\n']) {
    const refused = await bode(['apply', '--auto-approve'], input === undefined ? {} : { input })
    t.match(refused, { exit: 6, stdout: /- kanalen\.besluiten[^]*Nothing was changed/, stderr: /--allow-empty/ })
  }
  t.match(await bode(['apply', '--auto-approve', '--allow-empty']), { exit: 0, stdout: /2 deleted/ })
})

onEachDatabase(t, 'apply waits for the running servers', async (t, url) => {
  const { bode, write } = workplace(t, url)
  const database = await openTestDatabase(t, url)
  const server = (generation: number, state: 'ok' | 'refused', seenAt = Date.now()) =>
    writeServerRow(
      database,
      { id: 's', host: 'gw-1', pid: 7, version: '0', startedAt: 1, generation, state, reason: 'it does not fit' },
      seenAt,
    )
  const wait = ['apply', '--auto-approve', '--wait-for-servers']
  await server(0, 'ok')
  t.match(await bode([...wait, '200ms']), {
    exit: 9,
    stdout: /Applied generation 1/,
    stderr: /gw-1 \(pid 7\) is still at generation 0/,
  })
  await server(2, 'refused')
  write(EVERY_KIND.replace('10s', '9s'))
  const refused = await bode([...wait, '60s', '--format', 'json'])
  t.equal(refused.exit, 9)
  t.match(JSON.parse(refused.stdout) as ApplyReport, {
    status: 'unconfirmed',
    generation: 2,
    error: { kind: 'unconfirmed', message: /refused it: it does not fit/ },
  })
  await server(3, 'ok')
  write(EVERY_KIND.replace('10s', '8s'))
  t.match(await bode([...wait, '60s']), { exit: 0, stdout: /Server gw-1 \(pid 7\) runs on generation 3/ })
  await server(0, 'ok')
  write(EVERY_KIND.replace('10s', '7s'))
  t.notMatch((await bode([...wait, '0s'])).stdout, /Server|server/)
  await server(0, 'ok', Date.now() - 31_000)
  write(EVERY_KIND.replace('10s', '6s'))
  t.match(await bode([...wait, '60s']), { exit: 0, stdout: /No server is running/ }, 'one that died is not waited for')
})

onEachDatabase(
  t,
  'no secret comes out anywhere: not in output, history or the bytes of the database',
  async (t, url, provider) => {
    const { bode } = workplace(t, url)
    const outputs = [
      await bode(['plan']),
      await bode(['plan', '--format', 'json']),
      await bode(['apply', '--dry-run', '--format', 'json']),
      await bode(['apply', '--auto-approve', '--format', 'json']),
      await bode(['apply', '--auto-approve'], { environment: { AC_SECRET: `${CANARY}-5` } }),
      await bode(['export']),
      await bode(['plan'], { environment: { ZAC_KEY: '' } }),
    ]
    const texts = outputs.map(({ stdout, stderr }) => stdout + stderr)
    if (provider === 'sqlite') {
      const folder = dirname(fileURLToPath(url))
      texts.push(
        ...readdirSync(folder).flatMap((file) =>
          file.startsWith('bode.db') ? [readFileSync(join(folder, file), 'latin1')] : [],
        ),
      )
    } else {
      const rows = await query<{ everything: string }>(
        url,
        `SELECT database_to_xml(true, false, '')::text AS everything`,
      )
      texts.push(rows[0]?.everything ?? '')
    }
    t.match(texts.at(-1), /fingerprint/, 'what was searched is the right thing')
    const forms = [CANARY, encodeURIComponent(CANARY), Buffer.from(CANARY).toString('hex')]
    // base64 of a text inside a longer one depends on where it starts: look for all three alignments.
    for (const pad of ['', 'x', 'xx'])
      forms.push(
        Buffer.from(pad + CANARY)
          .toString('base64')
          .slice(4, -4),
      )
    for (const text of texts) for (const form of forms) t.notOk(text.includes(form))
  },
)
