import t from 'tap'
import { writeServerRow } from '../../../src/db/server-row.ts'
import { onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { CANARY, EVERY_KIND, workplace } from '../../support/documents.ts'

const WITHOUT_ZAC = EVERY_KIND.replace(/abonnementen:[^]*?(?=egress)/, 'abonnementen: {}\n').replace(
  'public',
  'private',
)

onEachDatabase(t, 'rollback asks like apply, goes back, and says in the history what it restored', async (t, url) => {
  const { bode, write } = workplace(t, url)
  await bode(['apply', '--auto-approve'])
  const exported = (await bode(['export'])).stdout
  write(WITHOUT_ZAC)
  await bode(['apply', '--auto-approve'])
  t.match(await bode(['rollback', '1', '--no-input']), { exit: 6, stderr: /use --auto-approve/ })
  t.match(await bode(['rollback', '1', '--dry-run']), { exit: 0, stdout: /generation 3 was written and rolled back/ })
  const refused = await bode(['rollback', '1'], { input: 'no\n' })
  t.match(refused, { exit: 6, stdout: 'Nothing was changed.\n', stderr: /\+ abonnementen\.zac\n[^]*not approved/ })
  const done = await bode(['rollback', '1', '--note', 'back'], { input: 'yes\n' })
  t.match(done, { exit: 0, stdout: /^Applied generation 3: 1 created, 1 updated, 0 deleted/ })
  t.match((await bode(['history'])).stdout, /^3 +rollback to 1 +gemeente[^\n]*\n +back\n/)
  t.equal((await bode(['export'])).stdout, exported)
  write(EVERY_KIND)
  t.match(await bode(['plan', '--detailed-exitcode']), { exit: 0, stdout: /^No changes/ })
  t.match(await bode(['rollback', '1', '--auto-approve']), { exit: 0, stdout: /^No changes/ })
  t.match(JSON.parse((await bode(['rollback', '2', '--auto-approve', '--format', 'json'])).stdout), {
    status: 'applied',
    generation: 4,
    restores: 2,
    ended: [],
    renewed: [],
  })
  const database = await openTestDatabase(t, url)
  const digests = (await database.reader.generation.findMany({ orderBy: { number: 'asc' } })).map(
    ({ digest }) => digest,
  )
  t.strictSame([digests[2], digests[3]], [digests[0], digests[1]])
})

onEachDatabase(
  t,
  'a secret that is nowhere is exit 4, and what is not quite as it was is a warning',
  async (t, url) => {
    const { bode, write } = workplace(t, url)
    await bode(['apply', '--auto-approve'])
    write(WITHOUT_ZAC)
    await bode(['apply', '--auto-approve'])
    const nowhere = await bode(['rollback', '1', '--auto-approve'], { environment: { ZAC_KEY: undefined } })
    t.match(nowhere, {
      exit: 4,
      stderr: /abonnementen\.zac\.auth\.value: its stored value was destroyed, and env:ZAC_KEY/,
    })
    const other = await bode(['rollback', '1', '--auto-approve'], { environment: { ZAC_KEY: `${CANARY}-9` } })
    t.match(other, { exit: 0, stderr: /warning\[rollback\/renewed\]: abonnementen\.zac\.auth\.value/ })
    t.notMatch(nowhere.stderr + other.stderr + other.stdout, CANARY)
    for (const [args, exit] of [
      [['rollback'], 64],
      [['rollback', 'x'], 64],
      [['rollback', '99'], 3],
      [['rollback', '1', '--owner', 'nobody'], 3],
    ] as const) {
      t.match(await bode(args), { exit })
    }
    t.match(await bode(['rollback', '1'], { environment: { BODE_MASTER_KEY: '' } }), { exit: 4 })
  },
)

onEachDatabase(t, 'an apply that a running server refuses is taken back when that was asked', async (t, url) => {
  const { bode, write } = workplace(t, url)
  const database = await openTestDatabase(t, url)
  const server = (generation: number, state: 'ok' | 'refused') =>
    writeServerRow(
      database,
      { id: 's', host: 'gw-1', pid: 7, version: '0', startedAt: 1, generation, state, reason: 'it does not fit' },
      Date.now(),
    )
  const apply = ['apply', '--auto-approve', '--wait-for-servers', '300ms', '--on-nack']
  await server(0, 'ok')
  const late = await bode([...apply, 'rollback'])
  t.match(late, { exit: 9, stdout: /^(?!.*Rolled back)/s, stderr: /still at generation 0/ }, 'late is not refused')
  await server(2, 'refused')
  write(WITHOUT_ZAC)
  const undone = await bode([...apply, 'rollback'], { environment: { ZAC_KEY: undefined } })
  t.match(undone, {
    exit: 9,
    stdout: /Applied generation 2[^]*Rolled back as generation 3: nothing of it is left/,
    stderr: /refused it: it does not fit; rolled back as generation 3/,
  })
  write(EVERY_KIND)
  t.match(await bode(['plan']), { stdout: /^No changes\. 7 objects match generation 3/ }, 'the deleted secret as well')
  t.match((await bode(['history'])).stdout, /^3 +rollback to 1[^\n]*\n +a server refused generation 2\n2 +apply/)
  await server(4, 'refused')
  write(WITHOUT_ZAC)
  const kept = await bode([...apply, 'keep', '--format', 'json'])
  t.equal(kept.exit, 9)
  t.notOk('rolledBack' in (JSON.parse(kept.stdout) as object))
  t.match(await bode(['plan']), { stdout: /^No changes.*generation 4/ })
  t.match(await bode([...apply, 'x']), { exit: 64 })
})

onEachDatabase(t, 'also a first apply is taken back, protected objects included', async (t, url) => {
  const { bode } = workplace(t, url, EVERY_KIND.replace('    filters: [bronorganisatie', '    protected: true\n$&'))
  const database = await openTestDatabase(t, url)
  const row = { id: 's', host: 'gw-1', pid: 7, version: '0', startedAt: 1, generation: 1, reason: 'no' }
  await writeServerRow(database, { ...row, state: 'refused' }, Date.now())
  const undone = await bode(['apply', '--auto-approve', '--wait-for-servers', '300ms', '--on-nack', 'rollback'])
  t.match(undone, { exit: 9, stdout: /Rolled back as generation 2/ })
  t.equal(await database.reader.kanaal.count(), 0)
})
