import { join } from 'node:path'
import t from 'tap'
import type { Plan } from '../../../src/reconcile/plan.ts'
import { newMasterKey } from '../../../src/secrets/master-key.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { CANARY, EVERY_KIND, workplace } from '../../support/documents.ts'

onEachDatabase(t, 'plan shows one edited field, with file and line, and nothing for the same file', async (t, url) => {
  const { bode, write } = workplace(t, url)
  t.equal((await bode(['apply', '--auto-approve'])).exit, 0)

  const same = await bode(['plan', '--detailed-exitcode'])
  t.strictSame(same, { exit: 0, stdout: 'No changes. 7 objects match generation 1.\n', stderr: '' })

  write(EVERY_KIND.replace('timeout: 10s', 'timeout: 5s'))
  const edited = await bode(['plan', '--detailed-exitcode'])
  t.equal(edited.exit, 2)
  const shown = edited.stdout.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' '))
  t.strictSame(shown.slice(0, -2), [
    'gemeente (generation 1)',
    '',
    '~ abonnementen.zac bode.yaml:21',
    '~ delivery.timeout 10s -> 5s bode.yaml:28',
    '',
    'unchanged: 6',
    '',
  ])
  t.match(shown.at(-2), /^Plan: 0 to create, 1 to update, 0 to delete\. sha256:[0-9a-f]{64}$/)
  t.equal((await bode(['plan'])).exit, 0, 'without --detailed-exitcode changes are no error')
  t.equal((await bode(['diff', '--detailed-exitcode'])).exit, 2, 'diff is plan')
})

onEachDatabase(t, 'the plan as JSON says the same as data', async (t, url) => {
  const { bode, write } = workplace(t, url)
  await bode(['apply', '--auto-approve'])
  write(EVERY_KIND.replace('timeout: 10s', 'timeout: 5s'))
  const { exit, stdout } = await bode(['plan', '--detailed-exitcode', '--format', 'json'])
  t.equal(exit, 2)
  const plan = JSON.parse(stdout) as Plan
  t.match(plan, {
    format: 'bode.plan/1',
    documents: [{ owner: 'gemeente', base: { generation: 1, digest: /^[0-9a-f]{64}$/ } }],
    summary: { create: 0, update: 1, delete: 0, unchanged: 6 },
    refusals: [],
  })
  t.strictSame(plan.changes[0]?.fields, [
    {
      path: 'delivery.timeout',
      before: '10s',
      after: '5s',
      origin: { file: 'bode.yaml', line: 28, column: 17 },
    },
  ])
})

onEachDatabase(t, 'a rotated secret is shown by fingerprint and reference only', async (t, url) => {
  const { bode, write } = workplace(t, url)
  await bode(['apply', '--auto-approve'])
  const rotated = await bode(['plan'], { environment: { AC_SECRET: `${CANARY}-rotated` } })
  t.match(rotated.stdout, /~ secret +fingerprint [0-9a-f]{8} -> [0-9a-f]{8} +env:AC_SECRET/)
  write(EVERY_KIND.replace('env: AC_SECRET', 'env: OTHER'))
  const moved = await bode(['plan'], { environment: { OTHER: `${CANARY}-1` } })
  t.match(moved.stdout, /~ secret +same value [0-9a-f]{8} +env:AC_SECRET -> env:OTHER/)
  write(EVERY_KIND.replace('2099', '2098').replace('api_key, value: { env: ZAC_KEY }', 'no_auth'))
  const ends = await bode(['plan'])
  t.match(ends.stdout, /expires 2099-01-01T00:00:00.000Z -> 2098-01-01T00:00:00.000Z/)
  t.match(ends.stdout, /- auth\.value +fingerprint [0-9a-f]{8} +env:ZAC_KEY/)
  t.match(ends.stdout, /~ auth\.type +api_key -> no_auth/)
  for (const { stdout, stderr } of [rotated, moved, ends]) t.notMatch(stdout + stderr, CANARY)
})

onEachDatabase(t, 'what a document does not mention is counted', async (t, url) => {
  const { bode, write } = workplace(t, url)
  await bode(['apply', '--auto-approve'])
  const [head] = EVERY_KIND.split('autorisaties:')
  write(`${head}clientCredentials: {}\n`)
  const { stdout } = await bode(['plan'])
  t.match(stdout, /- clientCredentials\.open-zaak\n/)
  t.match(stdout, /kanalen: not declared, 1 left alone/)
  write(`${head?.replace('gemeente', 'other')}clientCredentials: {}\n`)
  t.match((await bode(['plan', '--format', 'json'])).stdout, /"notOurs": \{\s+"externalCredentials": 1/)
})

onEachDatabase(t, 'every problem has its exit code, and is told before the database is touched', async (t, url) => {
  const { bode, write, folder } = workplace(t, url)
  const missing = `file:${join(folder, 'none.db')}`
  const cases: [string[], Record<string, string>, number, RegExp][] = [
    [['plan', 'extra'], {}, 64, /unexpected "extra"/],
    [['plan', '--allow-deletes', 'many'], {}, 64, /--allow-deletes is a number/],
    [['plan', '--wait-for-db', '5'], {}, 64, /--wait-for-db is a duration like 30s/],
    [['plan', '-f', 'none.yaml'], {}, 3, /none\.yaml/],
    [['plan'], { BODE_MASTER_KEY: '' }, 4, /bode secrets key/],
    [['plan'], { AC_SECRET: '', ZAC_KEY: '' }, 4, /AC_SECRET is set but empty[^]*ZAC_KEY is set but empty/],
    [['plan'], { DATABASE_URL: missing }, 8, /none\.db; make it with: bode db migrate/],
    [['plan', '--wait-for-db', '300ms'], { DATABASE_URL: missing }, 8, /bode db migrate/],
  ]
  for (const [args, environment, exit, message] of cases) {
    const result = await bode(args, { environment })
    t.match(result, { exit, stdout: '', stderr: message }, args.join(' '))
  }
  await bode(['apply', '--auto-approve'])
  t.match(await bode(['plan'], { environment: { BODE_MASTER_KEY: newMasterKey() } }), { exit: 4, stderr: /master key/ })
  write(EVERY_KIND.replace('name: gemeente', 'name: other'))
  t.match(await bode(['plan']), {
    exit: 5,
    stderr:
      /error\[owner\/conflict\][^]*kanalen\.zaken belongs[^]*--> bode\.yaml:\d+[^]* zaken:\n[^]*\^\^\^\^\^[^]*7 objects in conflict/,
  })
})

onEachDatabase(t, 'a rename is told as one, and what is protected is not deleted', async (t, url) => {
  const { bode, write } = workplace(t, url)
  await bode(['apply', '--auto-approve'])
  const renamed = EVERY_KIND.replace('  zac:\n', '  zac-zaken:\n    protected: true\n')
  write(`${renamed}moved: [{ kind: abonnement, from: zac, to: zac-zaken }]\n`)
  const plan = await bode(['plan'])
  t.match(plan.stdout, /~ abonnementen\.zac-zaken {3}renamed from zac[^]*~ protected +false -> true/)
  t.match(plan.stdout, /0 to create, 1 to update, 0 to delete\./)
  t.match(await bode(['apply', '--auto-approve']), { exit: 0 })
  t.match(await bode(['plan']), { stdout: /^No changes\. 7 objects/ })
  write(EVERY_KIND.replace(/ {2}zac:\n[^]*?(?=egress)/, '').replace('abonnementen:', 'abonnementen: {}'))
  t.match(await bode(['apply', '--auto-approve']), {
    exit: 6,
    stdout: /- abonnementen\.zac-zaken[^]*Nothing was changed/,
    stderr: /abonnementen\.zac-zaken is protected; apply it once without `protected: true`/,
  })
})
