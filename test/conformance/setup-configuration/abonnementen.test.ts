// Open Notificaties' test_abonnementen_configuration.py: its file, converted and applied.
import t, { type Test } from 'tap'
import { canary } from '../../support/canary.ts'
import { freshDatabaseUrl, onEachDatabase, openTestDatabase } from '../../support/databases.ts'
import { startSetUp, step } from '../../support/setup-configuration.ts'

const ONE = '5a1c1f2e-6a2d-4a35-8f2e-0d0a6f1c2b3d'
const TWO = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'
const THREE = '6b2d2f3e-7b3e-4b46-9f3f-1e1b7f2d3c4e'

const KANALEN = step(
  'notifications_kanalen_config_enable',
  'notifications_kanalen_config',
  'items: [{ naam: zaken, filters: [zaaktype, bron] }, { naam: besluiten }]',
)
const abonnementen = (items: string): string =>
  step('notifications_abonnementen_config_enable', 'notifications_abonnementen_config', `items:\n${items}`)

const THREE_OF_THEM = abonnementen(`
  - uuid: ${ONE}
    callback_url: http://een:8000/in
    auth: ${canary('een')}
    kanalen:
      - { naam: zaken, filters: { zaaktype: z } }
      - { naam: zaken, filters: { bron: b } }
      - { naam: besluiten }
  - uuid: ${TWO}
    callback_url: https://twee.nl/in
    auth_type: zgw
    auth_client_id: nrc
    secret: ${canary('twee')}
    send_cloudevents: true
    cloudevent_filters: [nl.overheid.zaken, nl.overheid.besluiten]
  - uuid: ${THREE}
    callback_url: https://drie.nl/in
    auth_type: no_auth
    send_cloudevents: true
    cloudevent_filters: [{ type_substring: a, filters: { zaak_type: z } }]
  - uuid: ${THREE}
    callback_url: https://drie.nl/later
    auth_type: no_auth
    send_cloudevents: true
    cloudevent_filters: [{ type_substring: b }]`)

type Stored = Record<string, { callbackUrl: string; auth: unknown; kanalen: unknown; cloudEvents: unknown }>

async function stored(t: Test, url: string): Promise<Stored> {
  const { reader } = await openTestDatabase(t, url)
  const rows = await reader.abonnement.findMany()
  return Object.fromEntries<Stored[string]>(
    rows.map(({ id, callbackUrl, auth, kanalen, cloudEvents }) => {
      return [
        id,
        { callbackUrl, auth: JSON.parse(auth), kanalen: JSON.parse(kanalen), cloudEvents: JSON.parse(cloudEvents) },
      ]
    }),
  )
}

onEachDatabase(
  t,
  'test_execute_configuration_step_success: three abonnementen as Open Notificaties makes them',
  async (t, url) => {
    const { setUp } = startSetUp(t, url)
    t.match(await setUp(KANALEN + THREE_OF_THEM), { exit: 0 })
    const found = await stored(t, url)
    t.strictSame(Object.keys(found).toSorted(), [TWO, ONE, THREE])
    t.match(found[ONE], {
      callbackUrl: 'http://een:8000/in',
      auth: { type: 'api_key' },
      kanalen: [
        { naam: 'zaken', filters: { zaaktype: 'z', bron: 'b' } },
        { naam: 'besluiten', filters: {} },
      ],
      cloudEvents: { send: false, filters: [] },
    })
    t.match(found[TWO], {
      auth: { type: 'zgw', clientId: 'nrc' },
      cloudEvents: {
        send: true,
        filters: [{ typeSubstring: 'nl.overheid.zaken' }, { typeSubstring: 'nl.overheid.besluiten' }],
      },
    })
    t.match(found[THREE], {
      callbackUrl: 'https://drie.nl/later',
      auth: { type: 'no_auth' },
      cloudEvents: {
        filters: [
          { typeSubstring: 'a', filters: { zaak_type: 'z' } },
          { typeSubstring: 'b', filters: {} },
        ],
      },
    })
    t.equal(await (await openTestDatabase(t, url)).reader.secret.count(), 2)
  },
)

const onlyOne = (url: string, value: string): string =>
  abonnementen(`
  - uuid: ${ONE}
    callback_url: ${url}
    auth_type: no_auth
    kanalen: [{ naam: zaken, filters: { zaaktype: ${value} } }]`)

void t.test(
  'test_execute_configuration_step_update_existing: fields and filters become those of the file',
  async (t) => {
    const url = await freshDatabaseUrl(t, 'sqlite')
    const { setUp } = startSetUp(t, url)
    await setUp(KANALEN + onlyOne('https://oud.nl/in', 'oud'))
    t.match(await setUp(KANALEN + onlyOne('https://nieuw.nl/in', 'nieuw')), { exit: 0 })
    t.match(await stored(t, url), {
      [ONE]: { callbackUrl: 'https://nieuw.nl/in', kanalen: [{ naam: 'zaken', filters: { zaaktype: 'nieuw' } }] },
    })
  },
)

void t.test('test_execute_configuration_step_idempotent: a second time there is nothing to do', async (t) => {
  const url = await freshDatabaseUrl(t, 'sqlite')
  const { setUp } = startSetUp(t, url)
  await setUp(KANALEN + THREE_OF_THEM)
  t.match(await setUp(KANALEN + THREE_OF_THEM), { exit: 0, stdout: /No changes/ })
  t.equal(Object.keys(await stored(t, url)).length, 3)
})

void t.test(
  'test_execute_configuration_step_fails_if_kanaal_does_not_exist: it is named, and nothing is written',
  async (t) => {
    const url = await freshDatabaseUrl(t, 'sqlite')
    const result = await startSetUp(t, url).setUp(onlyOne('https://a.nl/in', 'z'))
    t.not(result.exit, 0)
    t.match(result.stderr, /kanaal "?zaken"?/)
    t.strictSame(await stored(t, url), {})
  },
)

void t.test(
  'test_execute_configuration_step_fails_if_no_filters_are_specified: an abonnement on nothing is refused',
  async (t) => {
    const url = await freshDatabaseUrl(t, 'sqlite')
    const nothing = abonnementen(`- { uuid: ${ONE}, callback_url: 'https://a.nl/in', auth_type: no_auth }`)
    const result = await startSetUp(t, url).setUp(KANALEN + nothing)
    t.not(result.exit, 0)
    t.match(result.stderr, /neither kanalen nor cloudevent_filters/)
    t.strictSame(await stored(t, url), {})
  },
)
