// The Kanalen and Notificaties of Open Notificaties' test_validation.py, and the order of what is looked at.
import t, { type Test } from 'tap'
import { DEFAULT_SETTINGS } from '../../src/common/model.ts'
import { startTestApp, TEST_SETTINGS } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'
import { Receiver } from '../support/receiver.ts'

void t.test('Kanalen.test_kanalen_invalid_documentatie_link_url: a documentatieLink is never fetched', async (t) => {
  const receiver = await Receiver.start(t)
  receiver.answer({ status: 404 })
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  for (const documentatieLink of [receiver.url, 'http://nergens.invalid/', 'http://openzaak:8000/ref', '']) {
    const made = await call('POST', 'kanaal', { naam: documentatieLink.slice(0, 50) || 'leeg', documentatieLink })
    t.equal(made.statusCode, 201, made.body)
    t.match(made.json(), { documentatieLink })
  }
  t.equal(receiver.connections, 0)
})

const leeways: [leewayMs: number, ahead: number, status: number][] = [
  [0, 0, 201],
  [0, 1, 400],
  [0, 3_600, 400],
  [5_000, 4, 201],
  [5_000, 5, 201],
  [5_000, 6, 400],
]

async function statusOf(t: Test, leewayMs: number, ahead: number): Promise<{ status: number; body: unknown }> {
  const settings = { ...TEST_SETTINGS, tokens: { ...DEFAULT_SETTINGS.tokens, leewayMs } }
  const { call, clock } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), {
    kanalen: { zaken: [] },
    settings,
  })
  const aanmaakdatum = new Date(clock.now() + ahead * 1_000).toISOString()
  const { statusCode, body } = await call('POST', 'notificaties', messageBody({ aanmaakdatum }))
  return { status: statusCode, body: JSON.parse(body) }
}

void t.test('Notificaties.test_notificaties_aanmaakdatum_in_future_fails: nothing happens in the future', async (t) => {
  for (const [leewayMs, ahead, expected] of leeways.filter(([, , status]) => status === 400)) {
    const { status, body } = await statusOf(t, leewayMs, ahead)
    t.equal(status, expected, `${ahead} s ahead`)
    const reason = 'Deze waarde mag niet in de toekomst liggen.'
    t.match(body, { invalidParams: [{ name: 'aanmaakdatum', code: 'future_not_allowed', reason }] })
  }
})

void t.test(
  'Notificaties.test_notificaties_aanmaakdatum_in_future_with_leeway: a clock may be a bit ahead',
  async (t) => {
    for (const [leewayMs, ahead, expected] of leeways.filter(([, , status]) => status === 201)) {
      t.equal((await statusOf(t, leewayMs, ahead)).status, expected, `${ahead} s ahead of ${leewayMs} ms`)
    }
  },
)

void t.test('faults of fields come together and alone; then the kanaal, then the kenmerken', async (t) => {
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: { zaken: ['a', 'b'] } })
  const wrong = { kanaal: 'nergens', kenmerken: { a: '1', c: '2' } }
  const codes = async (changes: Record<string, unknown>): Promise<string[]> => {
    const { statusCode, body } = await call('POST', 'notificaties', messageBody({ ...wrong, ...changes }))
    t.equal(statusCode, 400)
    const { invalidParams } = JSON.parse(body) as { invalidParams: { name: string; code: string }[] }
    return invalidParams.map(({ name, code }) => `${name} ${code}`)
  }
  t.strictSame(await codes({ hoofdObject: 'x', actie: '' }), ['hoofdObject invalid', 'actie blank'])
  t.strictSame(await codes({}), ['kanaal message_kanaal'])
  t.strictSame(await codes({ kanaal: 'zaken' }), ['kenmerken kenmerken_inconsistent'])
})
