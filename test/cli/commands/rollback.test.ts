import t from 'tap'
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
  t.match(refused, { exit: 6, stdout: 'Nothing was changed.\n', stderr: /\+ abonnementen\.zac[^]*not approved/ })
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
