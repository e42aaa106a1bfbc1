import t from 'tap'
import type { Database } from '../../../src/db/open.ts'
import { onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { insertDeliveries } from '../../support/deliveries.ts'
import { workplace } from '../../support/documents.ts'

const HOUR = 3_600_000

onEachDatabase(t, 'status shows abonnementen that get nothing, dead letters and alerts that stand', async (t, url) => {
  const { bode } = workplace(t, url)
  await bode(['apply', '--auto-approve'])
  const database = await openTestDatabase(t, url)
  t.notMatch((await bode(['status'])).stdout, /Abonnement|Alert/)
  const [zac] = await database.reader.abonnement.findMany({ where: { name: 'zac' } })
  const id = zac?.id ?? ''
  await insertDeliveries(database, { abonnementIds: [id, 'deleted'], count: 3, now: Date.now() })
  await makeTrouble(database, id)

  const { stdout, exit } = await bode(['status'])
  t.equal(exit, 0)
  t.match(
    stdout,
    /^Abonnement zac {2}blocked since 2 h ago {2}3 waiting {2}1 dead {2}the subscriber answered 410 Gone$/m,
  )
  t.match(stdout, /^Alert blocked: abonnement zac is blocked since .*, 3 notificaties wait; told 1 h ago$/m)
  t.match(stdout, /^Alert dead: .*; nobody was told, the last message failed: status 503$/m)
  t.match(JSON.parse((await bode(['status', '--format', 'json'])).stdout), {
    abonnementen: [{ name: 'zac', status: 'blocked', waiting: 3, dead: 1, since: /^\d{4}-.*Z$/ }],
    alerts: [
      { kind: 'blocked', name: 'zac', count: 3, sentAt: /Z$/, resolvedAt: null, error: null },
      { kind: 'dead', sentAt: null, failures: 2, error: 'status 503' },
    ],
  })
})

async function makeTrouble(database: Database, id: string): Promise<void> {
  const now = Date.now()
  const since = BigInt(now - 2 * HOUR)
  const state = { status: 'blocked', reason: 'the subscriber answered 410 Gone', changedAt: since }
  const key = { sequence: 99n, abonnementId: id, replay: 0, notificatieId: 'n' }
  const end = { outcome: 'dead', attempts: 8, reason: 'status 500', finishedAt: since }
  const facts = { name: 'zac', since: now - 2 * HOUR, notBefore: 0 }
  const blocked = JSON.stringify({ ...facts, count: 3, failures: 0 })
  const dead = JSON.stringify({ ...facts, count: 1, failures: 2, error: 'status 503' })
  await database.transaction(async (tx) => {
    await tx.abonnementState.create({ data: { abonnementId: id, ...state } })
    await tx.deliveryDone.create({ data: { ...key, ...end } })
    const alert = { subject: id, raisedAt: since }
    const sentAt = BigInt(now - HOUR)
    await tx.alert.create({ data: { ...alert, kind: 'blocked', sentAt, detail: blocked } })
    await tx.alert.create({ data: { ...alert, kind: 'dead', detail: dead } })
  })
}
