import t from 'tap'
import type { DriftReport } from '../../../src/reconcile/read-drift.ts'
import { onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { CANARY, EVERY_KIND, workplace } from '../../support/documents.ts'

onEachDatabase(t, 'drift shows what, who and when, needs no document, and exits 2', async (t, url) => {
  const { bode, write } = workplace(t, url)
  t.match(await bode(['drift']), { exit: 0, stdout: /No drift\. .*nothing yet/ })
  await bode(['apply', '--auto-approve'])
  write('', 'bode.yaml')
  t.strictSame(await bode(['drift']), {
    exit: 0,
    stdout: 'No drift. Everything is as it was last applied: gemeente (generation 1).\n',
    stderr: '',
  })
  const database = await openTestDatabase(t, url)
  await database.transaction(async (tx) => {
    const updatedAt = BigInt(Date.UTC(2026, 7, 20, 14, 2))
    await tx.kanaal.updateMany({ data: { documentatieLink: 'https://typo.nl', updatedBy: 'jan', updatedAt } })
    await tx.secret.deleteMany({ where: { slot: 'previous' } })
    await tx.setting.deleteMany({ where: { section: 'egress' } })
  })
  const { exit, stdout } = await bode(['drift', '--owner', 'gemeente'])
  t.equal(exit, 2)
  t.match(
    stdout,
    /! drift clientCredentials\.open-zaak +changed in the database itself, [^]*- previousSecret +fingerprint/,
  )
  t.match(stdout, /! drift kanalen\.zaken +changed outside git by jan, 2026-08-20 14:02:00Z\n/)
  t.match(stdout, /~ documentatieLink https:\/\/open-zaak\.example\.nl\S+ -> https:\/\/typo\.nl\n/)
  t.match(stdout, /! drift egress +deleted outside git\n[^]*Drift: 3 objects were changed outside\./)
  t.notMatch(stdout, CANARY)

  write(EVERY_KIND)
  const json = await bode(['drift', '-f', 'bode.yaml', '--format', 'json'])
  t.equal(json.exit, 2)
  t.match(JSON.parse(json.stdout) as DriftReport, {
    documents: [{ owner: 'gemeente', generation: 1, environment: null }],
    drift: [
      { address: 'clientCredentials.open-zaak', changedBy: null, changedAt: null },
      {
        address: 'kanalen.zaken',
        fields: [{ path: 'documentatieLink', after: 'https://typo.nl', origin: { file: 'bode.yaml', line: 18 } }],
      },
      { address: 'egress', gone: true, changedBy: null },
    ],
    unknown: [],
  })
  const plan = await bode(['plan'])
  t.match(plan.stdout, /! drift kanalen\.zaken +changed outside git by jan, 2026-08-20 14:02:00Z \(will be put back\)/)
  t.match(plan.stdout, /Plan: 1 to create, 2 to update, 0 to delete; 3 changed outside to put back\./)
  t.notMatch(plan.stdout, /~ kanalen\.zaken/, 'it is not told twice')
  t.match(await bode(['apply', '--auto-approve', '--on-drift', 'fail']), {
    exit: 5,
    stderr: /error\[drift\/found\][^]*kanalen\.zaken was changed by jan[^]*: documentatieLink/,
  })
  await bode(['apply', '--auto-approve'])
  t.match(await bode(['drift']), { exit: 0 })
})

onEachDatabase(t, 'what a client may change is shown as kept, and is no reason for exit 2', async (t, url) => {
  const { bode } = workplace(
    t,
    url,
    EVERY_KIND.replace('    callbackUrl', '    owner: { clientId: zac }\n    clientMay: [kanalen]\n    callbackUrl'),
  )
  t.match(await bode(['apply', '--auto-approve']), { exit: 0 })
  const database = await openTestDatabase(t, url)
  const kanalen = JSON.stringify([{ naam: 'zaken', filters: {}, acties: [], resources: [] }])
  await database.transaction((tx) => tx.abonnement.updateMany({ data: { kanalen, updatedBy: 'client:zac' } }))
  t.match(await bode(['drift']), { exit: 0, stdout: /by client:zac, .* \(its client may do that\)/ })
  t.match(await bode(['plan', '--detailed-exitcode']), {
    exit: 0,
    stdout:
      /! drift abonnementen\.zac .* \(is kept\)[^]*No changes\. 7 objects match generation 1; 1 changed outside and kept\./,
  })
  t.match(await bode(['plan', '--on-drift', 'overwrite']), { stdout: /\(will be put back\)/ })
})

void t.test('drift refuses what makes no sense', async (t) => {
  const { bode } = workplace(t, 'file:none.db')
  t.match(await bode(['drift', '--owner', 'a', '-f', 'b']), { exit: 64, stderr: /not both/ })
  t.match(await bode(['plan', '--on-drift', 'x']), { exit: 64, stderr: /--on-drift is overwrite or fail/ })
})
