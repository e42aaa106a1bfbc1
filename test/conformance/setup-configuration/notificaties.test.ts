// Open Notificaties' test_notification_configuration.py: its file, converted and applied.
import t, { type Test } from 'tap'
import { canary } from '../../support/canary.ts'
import { freshDatabaseUrl, openTestDatabase } from '../../support/databases.ts'
import { startSetUp, step } from '../../support/setup-configuration.ts'

const RETRY = `
notification_delivery_max_retries: 1
notification_delivery_retry_backoff: 2
notification_delivery_retry_backoff_max: 3
notification_delivery_base_factor: 4`
const retry = (lines = ''): string => step('notifications_config_enable', 'notifications_config', `${lines}${RETRY}`)
const SERVICE = step(
  'zgw_consumers_config_enable',
  'zgw_consumers',
  `services:
  - identifier: notificaties
    label: Notificaties
    api_type: nrc
    api_root: https://notificaties.voorbeeld.nl/api/v1/
    auth_type: zgw
    client_id: notificaties
    secret: ${canary('nrc')}`,
)

/** What is then configured of deliveries. */
async function configured(t: Test, text: string): Promise<{ stderr: string; value: unknown }> {
  const url = await freshDatabaseUrl(t, 'sqlite')
  const { exit, stderr } = await startSetUp(t, url).setUp(text)
  t.equal(exit, 0, stderr)
  const [setting] = await (await openTestDatabase(t, url)).reader.setting.findMany({ where: { section: 'delivery' } })
  return { stderr, value: JSON.parse(setting?.value ?? '{}') }
}

const EXPECTED = { retry: { maxRetries: 1, backoffMs: 2_000, backoffMaxMs: 3_000, baseFactor: 4 } }

void t.test(
  'test_notifications_api_service_identifier_is_optional: the schedule of retries is taken over',
  async (t) => {
    t.match((await configured(t, retry())).value, EXPECTED)
  },
)

void t.test(
  'test_notifications_api_service_identifier_is_saved: a service for our own API is not needed',
  async (t) => {
    const { value } = await configured(t, SERVICE + retry('notifications_api_service_identifier: notificaties\n'))
    t.match(value, EXPECTED)
  },
)
