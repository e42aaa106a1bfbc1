import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/common/clock.ts'
import { Secret } from '../../src/common/secret.ts'
import { mountedSecrets } from '../../src/cli/mounted-secrets.ts'
import type { Database } from '../../src/db/open.ts'
import type { Plan } from '../../src/reconcile/plan.ts'
import { refreshSecrets, type RefreshResult } from '../../src/reconcile/commit-refresh.ts'
import { loadMasterKey } from '../../src/secrets/master-key.ts'
import { unseal } from '../../src/secrets/sealing.ts'
import { assertNoLeak, canary } from '../support/canary.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { workplace, type Workplace } from '../support/documents.ts'

type Refreshing = Workplace & {
  database: Database
  refresh: () => Promise<RefreshResult>
  /** The opened secrets of an object. */
  valuesOf: (kind: string) => Promise<Record<string, string>>
}

/** EVERY_KIND, applied; ZAC_KEY stands in a file that ZAC_KEY_FILE names. */
async function applied(t: Test, url: string): Promise<Refreshing> {
  const work = workplace(t, url)
  work.write(canary('zac'), 'zac.key')
  const { ZAC_KEY: _, ...rest } = work.environment
  const environment = { ...rest, ZAC_KEY: undefined, ZAC_KEY_FILE: join(work.folder, 'zac.key') }
  const bode: Workplace['bode'] = (args, options) =>
    work.bode(args, { ...options, environment: { ...environment, ...options?.environment } })
  const done = await bode(['apply', '--auto-approve'])
  t.equal(done.exit, 0, done.stderr)
  const database = await openTestDatabase(t, url)
  const masterKey = loadMasterKey(environment)
  const read = mountedSecrets({ environment, cwd: work.folder })
  return {
    ...work,
    bode,
    environment,
    database,
    refresh: () =>
      refreshSecrets(database, { masterKey, read, actor: 'test', clock: systemClock, onAudited: () => {} }),
    valuesOf: async (kind) => {
      const rows = await database.reader.secret.findMany({ where: { kind } })
      return Object.fromEntries(rows.map((row) => [row.slot, unseal(masterKey, row.ciphertext, row).reveal()]))
    },
  }
}

onEachDatabase(t, 'a secret file that changes becomes a generation, and the next plan is empty', async (t, url) => {
  const { refresh, write, bode, database, valuesOf } = await applied(t, url)
  t.match(await refresh(), { generation: undefined, addresses: [] })
  await database.transaction((tx) => tx.secret.updateMany({ data: { lastUsedAt: 7n } }))
  const { epoch } = await database.reader.catalog.findFirstOrThrow()

  write(canary('rotated-open-zaak'), 'open-zaak.secret')
  write(canary('rotated-zac'), 'zac.key')
  t.match(await refresh(), { generation: 2, addresses: ['clientCredentials.open-zaak', 'abonnementen.zac'] })
  t.equal((await valuesOf('clientCredentials'))['current'], canary('rotated-open-zaak'))
  t.equal((await valuesOf('abonnementen'))['current'], canary('rotated-zac'))
  t.ok((await database.reader.catalog.findFirstOrThrow()).epoch > epoch, 'a delivery that waits uses the new key')
  const used = await database.reader.secret.findMany({ where: { kind: 'clientCredentials' }, orderBy: { slot: 'asc' } })
  t.strictSame(
    used.map(({ slot, lastUsedAt }) => [slot, lastUsedAt]),
    [
      ['current', null],
      ['previous', 7n],
    ],
  )
  const row = await database.reader.generation.findFirstOrThrow({ where: { number: 2 } })
  t.match(row, { operation: 'refresh', owner: 'gemeente', actor: 'test' })
  assertNoLeak(t, row.plan, 'the history')

  t.match(await refresh(), { generation: undefined })
  t.match(await bode(['plan', '--detailed-exitcode']), {
    exit: 0,
    stdout: 'No changes. 7 objects match generation 2.\n',
  })
})

onEachDatabase(t, 'a file that is empty or gone keeps the old value, and the rest goes on', async (t, url) => {
  const { refresh, write, valuesOf } = await applied(t, url)
  const before = await valuesOf('clientCredentials')
  await refresh()
  write('', 'open-zaak.secret')
  write(canary('rotated-zac'), 'zac.key')
  const { generation, problems } = await refresh()
  t.equal(generation, 2)
  t.match([...problems], [['file:open-zaak.secret', /is empty/]])
  t.strictSame(await valuesOf('clientCredentials'), before)
})

onEachDatabase(t, 'what a client changed stays drift', async (t, url) => {
  const { refresh, write, database, bode } = await applied(t, url)
  await database.transaction((tx) => tx.abonnement.updateMany({ data: { kanalen: '[]', updatedBy: 'client:zac' } }))
  write(canary('rotated-zac'), 'zac.key')
  t.match(await refresh(), { generation: 2, addresses: ['abonnementen.zac'] })
  const version = await database.reader.objectVersion.findFirstOrThrow({ where: { generation: 2 } })
  t.match(JSON.parse(version.content ?? ''), { spec: { kanalen: [{ naam: 'zaken' }] } })
  t.match(await database.reader.abonnement.findFirst(), { kanalen: '[]', updatedBy: 'client:zac' })
  const plan = JSON.parse((await bode(['plan', '--format', 'json'])).stdout) as Plan
  t.match(plan.drift, [
    { address: 'abonnementen.zac', changedBy: 'client:zac', gone: false, fields: [{ path: 'kanalen' }] },
  ])
  t.match(plan.changes, [{ address: 'abonnementen.zac', fields: [{ path: 'kanalen', drift: true }] }])
  t.equal(plan.changes[0]?.fields.length, 1, 'the secret is what the file says')
})

onEachDatabase(t, 'the first generation that keeps versions keeps all of them', async (t, url) => {
  const { refresh, write, database } = await applied(t, url)
  await database.transaction(async (tx) => {
    await tx.objectVersion.deleteMany()
    await tx.secretVersion.deleteMany()
  })
  write(canary('rotated-zac'), 'zac.key')
  t.match(await refresh(), { generation: 2 })
  t.equal(await database.reader.objectVersion.count(), 7)
  t.equal(await database.reader.secretVersion.count(), 4)
})

onEachDatabase(t, 'servers that see the same file at once make one generation', async (t, url) => {
  const { refresh, write, database } = await applied(t, url)
  write(canary('rotated-zac'), 'zac.key')
  await Promise.all([refresh(), refresh(), refresh()])
  t.equal(await database.reader.generation.count(), 2)
})

void t.test('only what is a file here is read again', async (t) => {
  const folder = t.testdir({ 'a.secret': 'of the file' })
  const read = mountedSecrets({
    cwd: folder,
    environment: { A: 'of the variable', B_FILE: join(folder, 'a.secret'), C_FILE: join(folder, 'c.secret') },
  })
  t.match(await read({ file: 'a.secret' }), { secret: new Secret('of the file') })
  t.match(await read({ env: 'B' }), { secret: new Secret('of the file') })
  for (const reference of [
    { env: 'A' },
    { env: 'C' },
    { env: 'D' },
    { file: 'c.secret' },
    { literal: true } as const,
  ]) {
    t.equal(await read(reference), undefined, JSON.stringify(reference))
  }
  writeFileSync(join(folder, 'c.secret'), 'later')
  t.match(await read({ env: 'C' }), { secret: new Secret('later') }, 'mounted after the start')
  rmSync(join(folder, 'c.secret'))
  t.match(await read({ env: 'C' }), { problem: /does not exist/ }, 'it was there, so that is a fault')
})
