// Open Notificaties' test_kanalen_configuration.py: its file, converted and applied.
import t from 'tap'
import { freshDatabaseUrl, openTestDatabase } from '../../support/databases.ts'
import { startSetUp, step } from '../../support/setup-configuration.ts'

const kanalen = (items: string): string =>
  step('notifications_kanalen_config_enable', 'notifications_kanalen_config', `items:\n${items}`)

const SEVEN = kanalen(`
  - { naam: autorisaties, documentatie_link: 'https://a.nl/autorisaties' }
  - { naam: besluiten, documentatie_link: 'https://a.nl/besluiten', filters: [verantwoordelijke_organisatie, besluittype] }
  - { naam: besluittypen, filters: [catalogus] }
  - { naam: documenten, filters: [bronorganisatie, informatieobjecttype, vertrouwelijkheidaanduiding] }
  - { naam: objecten, documentatie_link: 'http://objecten:8000/ref', filters: [object_type] }
  - { naam: zaaktypen }
  - { naam: zaken, filters: [bronorganisatie, zaaktype, vertrouwelijkheidaanduiding] }`)

void t.test(
  'test_execute_configuration_step_success: seven kanalen, with links and filters as they stand',
  async (t) => {
    const url = await freshDatabaseUrl(t, 'sqlite')
    const { setUp } = startSetUp(t, url)
    t.match(await setUp(SEVEN), { exit: 0 })
    const database = await openTestDatabase(t, url)
    const found = await database.reader.kanaal.findMany({ orderBy: { naam: 'asc' } })
    t.strictSame(
      found.map(({ naam, documentatieLink, filters }) => [naam, documentatieLink, JSON.parse(filters)]),
      [
        ['autorisaties', 'https://a.nl/autorisaties', []],
        ['besluiten', 'https://a.nl/besluiten', ['verantwoordelijke_organisatie', 'besluittype']],
        ['besluittypen', '', ['catalogus']],
        ['documenten', '', ['bronorganisatie', 'informatieobjecttype', 'vertrouwelijkheidaanduiding']],
        ['objecten', 'http://objecten:8000/ref', ['object_type']],
        ['zaaktypen', '', []],
        ['zaken', '', ['bronorganisatie', 'zaaktype', 'vertrouwelijkheidaanduiding']],
      ],
    )
  },
)

void t.test('test_execute_configuration_step_update_existing: link and filters become those of the file', async (t) => {
  const url = await freshDatabaseUrl(t, 'sqlite')
  const { setUp } = startSetUp(t, url)
  await setUp(kanalen(`- { naam: zaken, documentatie_link: 'https://a.nl/old', filters: [old] }`))
  t.match(await setUp(kanalen(`- { naam: zaken, filters: [new] }`)), { exit: 0 })
  const database = await openTestDatabase(t, url)
  t.match(await database.reader.kanaal.findMany(), [{ naam: 'zaken', documentatieLink: '', filters: '["new"]' }])
})

void t.test('test_execute_configuration_step_idempotent: a second time there is nothing to do', async (t) => {
  const url = await freshDatabaseUrl(t, 'sqlite')
  const { setUp } = startSetUp(t, url)
  await setUp(SEVEN)
  t.match(await setUp(SEVEN), { exit: 0, stdout: /No changes/ })
  t.equal(await (await openTestDatabase(t, url)).reader.kanaal.count(), 7)
})
