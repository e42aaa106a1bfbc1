import t from 'tap'
import { writeServerRow } from '../../../src/db/server-row.ts'
import { newMasterKey } from '../../../src/secrets/master-key.ts'
import { freshDatabaseUrl, onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { CANARY, EVERY_KIND, workplace } from '../../support/documents.ts'

void t.test('secrets check names every reference and says which do not resolve, without a database', async (t) => {
  const { bode, write } = workplace(t, 'file:/nowhere/bode.db')
  const fine = await bode(['secrets', 'check'], { environment: { BODE_MASTER_KEY: '' } })
  t.match(fine, { exit: 0, stdout: /ok +clientCredentials\.open-zaak\.previousSecret +env:OLD_SECRET/ })
  t.match(fine.stdout, /Every secret can be resolved \(4\)\.\n$/)
  const missing = await bode(['secrets', 'check'], { environment: { ZAC_KEY: undefined } })
  t.match(missing, {
    exit: 4,
    stdout: /unresolved +abonnementen\.zac\.auth\.value +env:ZAC_KEY[^]*1 of 4 secrets cannot be resolved/,
    stderr: /secret\/unresolved.*ZAC_KEY is not set/,
  })
  const json = await bode(['secrets', 'check', '--format', 'json'], { environment: { ZAC_KEY: undefined } })
  t.equal(json.exit, 4)
  const { secrets } = JSON.parse(json.stdout) as { secrets: { resolved: boolean }[] }
  t.equal(secrets.filter(({ resolved }) => resolved).length, 3)
  t.equal(secrets.length, 4)
  t.notMatch(fine.stdout + fine.stderr + missing.stdout + missing.stderr + json.stdout, CANARY)
  write('kanalen: [')
  t.match(await bode(['secrets', 'check']), { exit: 3 })
})

onEachDatabase(t, 'secrets list tells everything of a secret but the value', async (t, url) => {
  const { bode } = workplace(t, url)
  t.match(await bode(['secrets', 'list']), { exit: 0, stdout: 'There is no secret in the database.\n' })
  await bode(['apply', '--auto-approve'])
  const database = await openTestDatabase(t, url)
  const used = BigInt(Date.now() - 3 * 60_000)
  await database.transaction((tx) => tx.secret.updateMany({ where: { slot: 'previous' }, data: { lastUsedAt: used } }))
  const { exit, stdout } = await bode(['secrets', 'list'])
  t.equal(exit, 0)
  t.match(
    stdout,
    /clientCredentials\.open-zaak\.previousSecret +env:OLD_SECRET +fingerprint [0-9a-f]{8} +key [0-9a-f]{8} +last used 3 min ago +ends 2099-01-01/,
  )
  t.match(stdout, /clientCredentials\.open-zaak\.secret +file:open-zaak\.secret .* never used\n/)
  t.match(stdout, /abonnementen\.zac\.auth\.value +env:ZAC_KEY +fingerprint [0-9a-f]{8} +key [0-9a-f]{8}\n/)
  const json = await bode(['secrets', 'list', '--format', 'json', '--owner', 'gemeente'])
  t.match(JSON.parse(json.stdout), { secrets: { length: 4 } })
  t.match(JSON.parse((await bode(['secrets', 'list', '--format', 'json', '--owner', 'x'])).stdout), { secrets: [] })
  t.notMatch(stdout + json.stdout, CANARY)
})

onEachDatabase(t, 'secrets rekey seals everything anew; without the old key it says what to set', async (t, url) => {
  const { bode, environment } = workplace(t, url)
  const BODE_PREVIOUS_MASTER_KEY = environment['BODE_MASTER_KEY']
  const both = { BODE_MASTER_KEY: newMasterKey(), BODE_PREVIOUS_MASTER_KEY }
  t.match(await bode(['secrets', 'rekey']), { exit: 4, stderr: /set BODE_MASTER_KEY .*BODE_PREVIOUS_MASTER_KEY/ })
  t.match(await bode(['secrets', 'rekey'], { environment: both }), { exit: 0, stdout: /^Nothing to do/ })
  await bode(['apply', '--auto-approve'])
  const database = await openTestDatabase(t, url)
  const server = { id: 's', host: 'gw-1', pid: 7, version: '0', startedAt: 1, reason: 'a key' }
  await writeServerRow(database, { ...server, generation: 2, state: 'refused' }, Date.now())
  const done = await bode(['secrets', 'rekey', '--note', 'yearly'], { environment: both })
  t.match(done, {
    exit: 9,
    stdout: /^Sealed 4 secrets with key [0-9a-f]{8}, and 4 of earlier generations[^]*generation 2; no object changed/,
    stderr: /gw-1 .*refused it: a key; restart it with BODE_MASTER_KEY the new key/,
  })
  const fresh = { environment: { BODE_MASTER_KEY: both.BODE_MASTER_KEY } }
  t.match(await bode(['plan', '--detailed-exitcode'], fresh), { exit: 0, stdout: /^No changes.*generation 2/ })
  t.match(await bode(['plan']), { exit: 4, stderr: /not the master key of this database/ })
  t.match(await bode(['secrets', 'rekey'], { environment: both }), { exit: 0, stdout: /^Nothing to do/ })
  t.match(await bode(['history']), { stdout: /^2 +rekey +gemeente[^\n]*\+0 ~0 -0[^\n]*\n +yearly\n1 +apply/ })
  t.match(await bode(['show', '2']), { exit: 0, stdout: /operation +rekey[^]*No changes/ })
  t.match(await bode(['status']), { stdout: /generation 2 +[0-9a-f]{12} +as applied/ })
})

void t.test('the order of the steps of a rekey is in its help', async (t) => {
  const { bode } = workplace(t, await freshDatabaseUrl(t, 'sqlite'), EVERY_KIND)
  const { stdout } = await bode(['secrets', 'rekey', '--help'])
  t.match(stdout, /1\. make the new key[^]*2\. restart[^]*secrets rekey +# 3\.[^]*4\. restart/)
})
