import t from 'tap'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import {
  abonnement,
  autorisaties,
  clientCredential,
  desired,
  egress,
  envSecret,
  externalCredential,
  kanaal,
  publicUrl,
  wanted,
} from '../support/desired.ts'
import { apply, planOf } from '../support/reconcile.ts'

const everyKind = () => [
  externalCredential('ac', [envSecret('AC')]),
  autorisaties('https://ac.example.nl/api/v1/'),
  clientCredential('open-zaak', [envSecret('NEW'), envSecret('OLD', { slot: 'previous', expiresAt: 2e12 })]),
  kanaal('zaken', { filters: ['bronorganisatie'] }),
  abonnement('zac', {}, { secrets: [envSecret('CALLBACK', { field: 'auth.value' })] }),
  egress({ policy: 'public', allow: ['127.0.0.0/8'] }),
  publicUrl('https://example.nl'),
]

onEachDatabase(t, 'an apply creates every kind once; applied again it makes no generation', async (t, url) => {
  const database = await openTestDatabase(t, url)
  const document = wanted([desired('gemeente', everyKind())])
  t.match(await planOf(database, document), { summary: { create: 7, update: 0, delete: 0, unchanged: 0 } })
  t.match(await apply(database, document), { generation: 1 })
  t.match(await planOf(database, document), { summary: { create: 0, update: 0, delete: 0, unchanged: 7 }, changes: [] })
  t.equal(await apply(database, document), undefined)
  t.equal(await database.reader.generation.count(), 1)
})
