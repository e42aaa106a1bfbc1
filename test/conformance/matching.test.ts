// Which abonnementen get a message: Open Notificaties' test_filtergroup.py, and through the API what §2.1 of the reference
// says beyond it. test/notificaties/match.test.ts holds the matcher against a naive reading of the rules.
import t, { type Test } from 'tap'
import { startTestApp, TEST_SETTINGS } from '../support/app.ts'
import { freshDatabaseUrl } from '../support/databases.ts'
import { messageBody } from '../support/notificatie.ts'

type Filters = Record<string, string>

/** A kanaal without filters of its own, and whether an abonnement with these entries gets a message. */
async function start(t: Test): Promise<(entries: Filters[], message: Record<string, unknown>) => Promise<boolean>> {
  const settings = { ...TEST_SETTINGS, callbacks: { probe: 'off' as const } }
  const app = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), {
    kanalen: { zaken: [], andere: [] },
    settings,
  })
  return async (entries, message) => {
    const kanalen = entries.map((filters) => ({ naam: 'zaken', filters }))
    const body = { callbackUrl: 'http://127.0.0.1:1/', auth: '', kanalen }
    const made = await app.call('POST', 'abonnement', body)
    t.equal(made.statusCode, 201, made.body)
    const published = await app.call('POST', 'notificaties', messageBody(message))
    t.equal(published.statusCode, 201, published.body)
    const gets = (await app.database.reader.delivery.count()) === 1
    await app.call('DELETE', new URL(made.json<{ url: string }>().url).pathname)
    return gets
  }
}

type Case = [what: string, entries: Filters[], message: Record<string, unknown>, gets: boolean]

async function demandAll(t: Test, cases: Case[]): Promise<void> {
  const gets = await start(t)
  for (const [what, entries, message, expected] of cases) t.equal(await gets(entries, message), expected, what)
}

const kenmerken = { zaaktype: 'A', bron: 'B' }

void t.test('test_match_pattern_true_same_length: as many filters as kenmerken, each equal or *', (t) =>
  demandAll(t, [
    ['equal', [{ zaaktype: 'A', bron: 'B' }], { kenmerken }, true],
    ['a star', [{ zaaktype: '*', bron: 'B' }], { kenmerken }, true],
    ['only stars', [{ zaaktype: '*', bron: '*' }], { kenmerken }, true],
  ]),
)

void t.test('test_match_pattern_true_different_length: fewer filters than kenmerken', (t) =>
  demandAll(t, [
    ['one of two', [{ zaaktype: 'A' }], { kenmerken }, true],
    ['none', [{}], { kenmerken }, true],
  ]),
)

void t.test('test_match_pattern_false_values: one value that differs', (t) =>
  demandAll(t, [
    ['the first', [{ zaaktype: 'X', bron: 'B' }], { kenmerken }, false],
    ['the second', [{ zaaktype: 'A', bron: 'X' }], { kenmerken }, false],
    ['beside a star', [{ zaaktype: '*', bron: 'X' }], { kenmerken }, false],
  ]),
)

void t.test('the rules that the suite of Open Notificaties does not name', (t) =>
  demandAll(t, [
    ['a filter on what the message does not have passes', [{ ergens: 'x' }], { kenmerken }, true],
    ['without kenmerken every filter passes', [{ zaaktype: 'X' }], { kenmerken: undefined }, true],
    ['no entries, no messages', [], { kenmerken }, false],
    ['another kanaal', [{}], { kanaal: 'andere', kenmerken }, false],
    ['capitals count', [{ zaaktype: 'a' }], { kenmerken }, false],
    ['a star is a star only alone', [{ zaaktype: 'A*' }], { kenmerken }, false],
    ['of two entries one passes', [{ zaaktype: 'X' }, { bron: 'B' }], { kenmerken }, true],
    ['of two entries both pass: one delivery', [{ zaaktype: 'A' }, { bron: 'B' }], { kenmerken }, true],
    ['a number is its digits', [{ aantal: '1' }], { kenmerken: { aantal: 1 } }, true],
    ['another spelling of the key', [{ zaak_type: 'X' }], { kenmerken: { zaakType: 'A' } }, false],
    ['another spelling of the key, equal', [{ zaakType: 'A' }], { kenmerken: { zaak_type: 'A' } }, true],
    ['an actie that is asked for', [{ '#actie': 'update, create' }], { kenmerken }, true],
    ['an actie that is not', [{ '#actie': 'update' }], { kenmerken }, false],
    ['a resource that is not', [{ '#resource': 'zaak' }], { kenmerken }, false],
    ['any actie', [{ '#actie': '*' }], { kenmerken }, true],
  ]),
)

void t.test('another set of filters on a kanaal leaves the abonnementen on it as they are', async (t) => {
  const settings = { ...TEST_SETTINGS, callbacks: { probe: 'off' as const } }
  const { call, database } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { settings })
  const { url } = (await call('POST', 'kanaal', { naam: 'zaken', filters: ['bron'] })).json<{ url: string }>()
  const kanalen = [{ naam: 'zaken', filters: { bron: 'B' } }]
  await call('POST', 'abonnement', { callbackUrl: 'http://127.0.0.1:1/', auth: '', kanalen })
  t.equal((await call('PATCH', new URL(url).pathname, { filters: ['zaaktype'] })).statusCode, 200)
  t.match((await call('GET', 'abonnement')).json(), [{ kanalen }])
  await call('POST', 'notificaties', messageBody({ kenmerken: { zaaktype: 'A' } }))
  t.equal(await database.reader.delivery.count(), 1, 'what a message does not have passes')
})
