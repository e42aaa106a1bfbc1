import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { readSavedPlan } from '../../../src/cli/saved-plan.ts'
import { Failure } from '../../../src/common/failure.ts'
import { loadMasterKey, newMasterKey } from '../../../src/secrets/master-key.ts'
import { onEachDatabase } from '../../support/databases.ts'
import { CANARY, EVERY_KIND, workplace, type Workplace } from '../../support/documents.ts'

const APPLY = ['apply', 'plan.json', '--auto-approve']

/** A workplace where generation 1 is applied and a plan for `~ abonnementen.zac` is saved. */
async function saved({ bode, write }: Workplace, options: string[] = []): Promise<void> {
  await bode(['apply', '--auto-approve'])
  write(EVERY_KIND.replace('10s', '5s'))
  await bode(['plan', '--out', 'plan.json', ...options])
}

onEachDatabase(t, 'a saved plan does what it said, without the document, and only once', async (t, url) => {
  const place = workplace(t, url)
  const { bode, write, folder } = place
  await bode(['apply', '--auto-approve'])
  write(EVERY_KIND.replace('10s', '5s'))
  t.match(await bode(['plan', '--out', 'plan.json']), { exit: 0, stdout: /Saved as plan\.json\. It holds no secret/ })
  const text = readFileSync(join(folder, 'plan.json'), 'utf8')
  t.notMatch(text, CANARY)
  t.notMatch(text, /v1\.[0-9a-f]{8}\./, 'and no ciphertext')
  write('not: a document')
  t.match(await bode(APPLY), { exit: 0, stdout: /~ delivery\.timeout +10s -> 5s[^]*Applied generation 2/ })
  t.match(await bode(APPLY), { exit: 5, stderr: /stale: "gemeente" is at generation 2 by now/ })
})

onEachDatabase(t, 'a saved plan is refused when the database or a secret is another by now', async (t, url) => {
  const place = workplace(t, url)
  const { bode, write, environment } = place
  await saved(place)
  t.match(await bode(APPLY, { environment: { AC_SECRET: `${CANARY}-9` } }), {
    exit: 5,
    stderr: /changed since the plan was reviewed: externalCredentials\.ac \(secret, current\)/,
  })
  t.match(await bode(APPLY, { environment: { AC_SECRET: '' } }), { exit: 4, stderr: /AC_SECRET is set but empty/ })
  t.match(await bode(APPLY, { environment: { BODE_MASTER_KEY: newMasterKey() } }), { exit: 5, stderr: /another key/ })
  t.match(await bode([...APPLY, '-f', 'bode.yaml']), { exit: 64, stderr: /not both/ })
  t.match(await bode([...APPLY, '--allow-empty']), { exit: 64, stderr: /--allow-empty belongs to bode plan --out/ })
  t.match(await bode([...APPLY, '--server', 'https://x.nl']), { exit: 64, stderr: /without --server/ })
  t.match(await bode(['plan', '--out', 'x', '--server', 'https://x.nl']), { exit: 64, stderr: /cannot be saved/ })
  t.match(await bode([...APPLY, 'other.json']), { exit: 64, stderr: /unexpected "other\.json"/ })
  t.match(await bode(['apply', 'none.json']), { exit: 3, stderr: /cannot read the plan none\.json/ })
  t.match(await bode(['apply', 'bode.yaml']), { exit: 3, stderr: /no saved plan/ })
  write(EVERY_KIND.replace('10s', '7s'))
  t.match(await bode(['apply', '--auto-approve']), { exit: 0 })
  t.match(await bode(APPLY), { exit: 5, stderr: /the plan is stale/ })
  t.ok(environment)
})

void t.test('any byte that is changed makes a saved plan something else', async (t) => {
  const { freshDatabaseUrl } = await import('../../support/databases.ts')
  const place = workplace(t, await freshDatabaseUrl(t, 'sqlite'))
  await saved(place)
  const path = join(place.folder, 'plan.json')
  const bytes = readFileSync(path)
  const key = loadMasterKey(place.environment)
  t.equal(readSavedPlan(bytes, key).plan.changes.length, 1)
  const changes = fc.record({ at: fc.nat(bytes.length - 1), by: fc.integer({ min: 1, max: 255 }) })
  fc.assert(
    fc.property(changes, fc.constantFrom('change', 'drop', 'add'), ({ at, by }, how) => {
      const altered = Buffer.concat([
        bytes.subarray(0, at),
        ...(how === 'drop' ? [] : [Buffer.of(((bytes[at] ?? 0) + by) % 256)]),
        bytes.subarray(how === 'add' ? at : at + 1),
      ])
      try {
        readSavedPlan(altered, key)
      } catch (error) {
        return error instanceof Failure && ['invalid', 'conflict'].includes(error.kind)
      }
      return false
    }),
    { numRuns: 3_000 },
  )
  for (const altered of [bytes.toString().replace('"5s"', '"6s"'), `${bytes.toString()}\n`, ` ${bytes.toString()}`]) {
    writeFileSync(path, altered)
    t.match(await place.bode(APPLY), { exit: 5, stderr: /altered since it was saved/ })
  }
  t.match(await place.bode(['plan']), { stdout: /generation 1/ }, 'nothing was applied')
})

onEachDatabase(t, 'a fingerprint key is enough to plan, and not to apply', async (t, url) => {
  const place = workplace(t, url)
  const { bode, write } = place
  await bode(['apply', '--auto-approve'])
  const key = (await bode(['secrets', 'key', '--fingerprint'])).stdout.trim()
  t.match(key, /^[\w-]{43}$/)
  const environment = { BODE_MASTER_KEY: '', BODE_FINGERPRINT_KEY: key }
  t.match(await bode(['plan'], { environment }), { exit: 0, stdout: /No changes\. 7 objects/ })
  t.match(await bode(['plan'], { environment: { ...environment, BODE_FINGERPRINT_KEY: newMasterKey() } }), {
    exit: 4,
    stderr: /not the fingerprint key of this database.*bode secrets key --fingerprint/,
  })
  t.match(await bode(['plan'], { environment: { BODE_MASTER_KEY: '' } }), { exit: 4, stderr: /no master key/ })
  write(EVERY_KIND.replace('10s', '5s'))
  t.match(await bode(['plan', '--out', 'plan.json'], { environment }), { exit: 0 })
  t.match(await bode(APPLY, { environment }), { exit: 4, stderr: /no master key/ })
  t.match(await bode(APPLY), { exit: 0, stdout: /Applied generation 2/ })
})

onEachDatabase(t, 'a plan without the secrets: what turns out to change has to be accepted', async (t, url) => {
  const place = workplace(t, url)
  const { bode, write } = place
  const without = { environment: { AC_SECRET: '', OLD_SECRET: '', ZAC_KEY: '' } }
  await bode(['apply', '--auto-approve'])
  t.match(await bode(['plan', '--secrets', 'defer'], without), { exit: 0, stdout: /No changes\. 7 objects/ })
  write(EVERY_KIND.replace('10s', '5s').replace('env: ZAC_KEY', 'env: OTHER'))
  const plan = await bode(['plan', '--secrets', 'defer', '--out', 'plan.json'], without)
  t.match(plan.stdout, /~ auth\.value +fingerprint [0-9a-f]{8} -> unknown until apply +env:ZAC_KEY -> env:OTHER/)
  const environment = { OTHER: `${CANARY}-3`, AC_SECRET: `${CANARY}-rotated` }
  t.match(await bode(APPLY, { environment }), {
    exit: 6,
    stderr: /these change: externalCredentials\.ac secret, abonnementen\.zac auth\.value; .*--accept-secret-changes/,
  })
  const accepted = await bode([...APPLY, '--accept-secret-changes'], { environment })
  t.match(accepted, { exit: 0, stdout: /Applied generation 2: 0 created, 2 updated/ })
  t.match(await bode([...APPLY, '--accept-secret-changes'], { environment }), { exit: 5, stderr: /stale/ })
  t.match(await bode(['apply', '--secrets', 'defer']), { exit: 64, stderr: /for bode plan/ })
  t.match(await bode(['plan', '--secrets', 'server']), { exit: 64, stderr: /goes with --server/ })
})
