// Open Notificaties' test_authorization_configuration.py: its file, converted and applied.
import t from 'tap'
import { canary } from '../../support/canary.ts'
import { freshDatabaseUrl, openTestDatabase } from '../../support/databases.ts'
import { startSetUp, step } from '../../support/setup-configuration.ts'

const SECRET = canary('ac')

const service = (identifier: string): string => `
  - identifier: ${identifier}
    label: Autorisaties API
    api_type: ac
    api_root: https://${identifier}.voorbeeld.nl/autorisaties/api/v1/
    auth_type: zgw
    client_id: notificaties
    secret: ${SECRET}`

/** One service, and which one is asked. */
const pointingAt = (identifier: string, asked = identifier): string =>
  step('zgw_consumers_config_enable', 'zgw_consumers', `services:${service(identifier)}`) +
  step('autorisaties_api_config_enable', 'autorisaties_api', `authorizations_api_service_identifier: ${asked}`)

void t.test('test_execute_configuration_step_success: the Autorisaties API is asked for component nrc', async (t) => {
  const url = await freshDatabaseUrl(t, 'sqlite')
  const { setUp } = startSetUp(t, url)
  t.match(await setUp(pointingAt('ac')), { exit: 0 })
  const { reader } = await openTestDatabase(t, url)
  const apiRoot = 'https://ac.voorbeeld.nl/autorisaties/api/v1/'
  t.match(await reader.autorisaties.findMany(), [{ apiRoot, component: 'nrc' }])
  t.match(await reader.externalCredential.findMany(), [{ apiRoot, clientId: 'notificaties' }])
  t.equal(await reader.secret.count(), 1)
})

void t.test('test_execute_configuration_step_update_existing: another service takes its place', async (t) => {
  const url = await freshDatabaseUrl(t, 'sqlite')
  const { setUp } = startSetUp(t, url)
  await setUp(pointingAt('ac'))
  t.match(await setUp(pointingAt('other')), { exit: 0 })
  const { reader } = await openTestDatabase(t, url)
  const apiRoot = 'https://other.voorbeeld.nl/autorisaties/api/v1/'
  t.match(await reader.autorisaties.findMany(), [{ apiRoot, component: 'nrc' }])
  t.match(await reader.externalCredential.findMany(), [{ apiRoot }], 'and the credential of the old one is gone')
})

void t.test('test_execute_configuration_step_idempotent: a second time there is nothing to do', async (t) => {
  const { setUp } = startSetUp(t, await freshDatabaseUrl(t, 'sqlite'))
  await setUp(pointingAt('ac'))
  t.match(await setUp(pointingAt('ac')), { exit: 0, stdout: /No changes/ })
})

void t.test('test_execute_configuration_service_does_not_exist: it is named, and nothing is written', async (t) => {
  const url = await freshDatabaseUrl(t, 'sqlite')
  const { setUp } = startSetUp(t, url)
  const result = await setUp(pointingAt('ac', 'nergens'))
  t.match(result, { stderr: /convert\/unknown-service.*nergens/ })
  t.not(result.exit, 0)
  t.equal(await (await openTestDatabase(t, url)).reader.autorisaties.count(), 0)
})
