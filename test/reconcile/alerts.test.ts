// The one secret that stands in a section of settings: it travels as every other secret does.
import { stringify } from 'yaml'
import t from 'tap'
import { canary } from '../support/canary.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { workplace } from '../support/documents.ts'
import { readText } from '../support/configuration.ts'

const KEY = canary('alarm')
const NEXT = canary('alarm-next')

const document = (more: object = {}): string =>
  stringify({
    apiVersion: 'bode/v1',
    kind: 'Configuration',
    metadata: { name: 'gemeente' },
    alerts: { url: 'https://alarm.example.nl/', authorization: { env: 'ALARM' }, repeatAfter: '2d', ...more },
    retention: { notificaties: '0s' },
  })

onEachDatabase(t, 'the key of the webhook is sealed, planned by fingerprint, exported by reference', async (t, url) => {
  const { bode, environment } = workplace(t, url, document())
  const applied = await bode(['apply', '--auto-approve'], { environment: { ...environment, ALARM: KEY } })
  t.equal(applied.exit, 0, applied.stderr)
  const database = await openTestDatabase(t, url)
  t.match(await database.reader.secret.findMany(), [{ kind: 'settings', field: 'authorization', slot: 'current' }])
  t.notMatch(
    JSON.stringify(await database.reader.setting.findMany(), (_key, value) => String(value)),
    KEY,
  )

  const unchanged = await bode(['plan'], { environment: { ...environment, ALARM: KEY } })
  t.match(unchanged.stdout, /[Nn]o changes|Nothing to do/)
  const rotated = await bode(['plan'], { environment: { ...environment, ALARM: NEXT } })
  t.match(rotated.stdout, /alerts[\s\S]*authorization/)
  t.notMatch(rotated.stdout + rotated.stderr, NEXT)

  const exported = await bode(['export'], { environment })
  t.match(exported.stdout, /alerts:\n {2}url: https:\/\/alarm\.example\.nl\/\n/)
  t.match(exported.stdout, /authorization:\n {4}env: ALARM\n/)
  t.match(exported.stdout, /retention:\n {2}notificaties: 0s\n/)
})

void t.test('a key in the document itself is an error outside development', async (t) => {
  const { diagnostics } = await readText(document({ authorization: { insecureLiteral: KEY } }))
  t.match(diagnostics, [{ id: 'secret/insecure-literal', path: 'alerts.authorization' }])
})
