import t from 'tap'
import { startTestApp } from '../support/app.ts'
import { freshDatabaseUrl, onEachDatabase } from '../support/databases.ts'

type Params = [name: string, code: string, reason?: string][]

const REQUIRED = 'Dit veld is vereist.'
const BLANK = 'Dit veld mag niet leeg zijn.'

const LINK = `http://a.nl/${'x'.repeat(188)}`
const faults: [what: string, body: unknown, expected: Params][] = [
  ['naam missing', {}, [['naam', 'required', REQUIRED]]],
  ['naam blank', { naam: ' ' }, [['naam', 'blank', BLANK]]],
  ['naam null', { naam: null }, [['naam', 'null', BLANK]]],
  ['naam a boolean', { naam: true }, [['naam', 'invalid', 'Not a valid string.']]],
  ['naam an object', { naam: {} }, [['naam', 'invalid']]],
  ['naam a list', { naam: [] }, [['naam', 'invalid', 'Not a valid string.']]],
  [
    'naam of 51',
    { naam: 'x'.repeat(51) },
    [['naam', 'max_length', 'Zorg ervoor dat dit veld niet meer dan 50 karakters bevat.']],
  ],
  ['naam that exists', { naam: 'zaken' }, [['naam', 'unique', 'Dit veld moet uniek zijn.']]],
  ['naam that exists, untrimmed', { naam: ' zaken ' }, [['naam', 'unique']]],
  ['NUL', { naam: 'a\0' }, [['naam', 'null_characters_not_allowed', 'Null-tekens zijn niet toegestaan.']]],
  ['a lone surrogate', { naam: '\uD800' }, [['naam', 'surrogate_characters_not_allowed']]],
  [
    'a link that is no URL',
    { naam: 'x', documentatieLink: 'x' },
    [['documentatieLink', 'invalid', 'Voer een geldige URL in.']],
  ],
  ['a link that is null', { naam: 'x', documentatieLink: null }, [['documentatieLink', 'null']]],
  [
    'a link of 201',
    { naam: 'x', documentatieLink: `http://a/${'x'.repeat(192)}` },
    [['documentatieLink', 'max_length']],
  ],
  [
    'filters text',
    { naam: 'x', filters: 'a' },
    [['filters', 'not_a_list', 'Verwachtte een lijst met items, maar kreeg type "str".']],
  ],
  ['a link that is a number', { naam: 'x', documentatieLink: 12 }, [['documentatieLink', 'invalid']]],
  [
    'a link with NUL',
    { naam: 'x', documentatieLink: 'http://a/\0' },
    [['documentatieLink', 'null_characters_not_allowed']],
  ],
  [
    'filters an object',
    { naam: 'x', filters: {} },
    [['filters', 'not_a_list', 'Verwachtte een lijst met items, maar kreeg type "dict".']],
  ],
  ['filters null', { naam: 'x', filters: null }, [['filters', 'null']]],
  [
    'filter items',
    { naam: 'x', filters: ['', 'a', null, true, 'y'.repeat(101)] },
    [
      ['filters.', 'blank'],
      ['filters.2', 'null'],
      ['filters.3', 'invalid'],
      ['filters.4', 'max_length'],
    ],
  ],
  ['a list', [], [['nonFieldErrors', 'invalid']]],
  ['null', null, [['nonFieldErrors', 'null', 'No data provided']]],
]

void t.test('each fault of a kanaal has the name, code and reason that clients know', async (t) => {
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), { kanalen: { zaken: [] } })
  for (const [what, body, expected] of faults) {
    const response = await call('POST', 'kanaal', body)
    t.equal(response.statusCode, 400, what)
    const { invalidParams } = response.json<{ invalidParams: Record<string, string>[] }>()
    t.strictSame(
      invalidParams.map(({ name, code }) => [name, code]),
      expected.map(([name, code]) => [name, code]),
      what,
    )
    for (const [index, [, , reason]] of expected.entries()) {
      if (reason !== undefined) t.equal(invalidParams[index]?.['reason'], reason, what)
    }
  }
})

const accepted: [what: string, body: object, expected: object][] = [
  ['nothing but a naam', { naam: 'a' }, { documentatieLink: '', filters: [] }],
  ['a naam of 50, astral', { naam: '😀'.repeat(50) }, { naam: '😀'.repeat(50) }],
  ['a naam that is a number', { naam: 12 }, { naam: '12' }],
  ['any characters', { naam: "a/b?c=d&e 'é' <x>" }, { naam: "a/b?c=d&e 'é' <x>" }],
  ['a link of 200', { naam: 'b', documentatieLink: LINK }, { documentatieLink: LINK }],
  ['a filter of 100', { naam: 'c', filters: ['y'.repeat(100)] }, { filters: ['y'.repeat(100)] }],
  [
    'filters as they stand',
    { naam: 'd', filters: [' objectType ', 'object_type', 1.5] },
    { filters: ['objectType', 'object_type', '1.5'] },
  ],
]

void t.test('what Open Notificaties takes for a kanaal is taken', async (t) => {
  const { call } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'))
  for (const [what, body, expected] of accepted) {
    const made = await call('POST', 'kanaal', body)
    t.equal(made.statusCode, 201, `${what}: ${made.body}`)
    t.match(made.json(), expected, what)
    const { naam } = made.json<{ naam: string }>()
    t.strictSame((await call('GET', `kanaal?naam=${encodeURIComponent(naam)}`)).json(), [made.json()], what)
  }
})

onEachDatabase(t, 'of two that make the same kanaal at once, one gets 400 unique', async (t, url) => {
  const { call } = await startTestApp(t, url)
  const responses = await Promise.all([1, 2, 3].map(() => call('POST', 'kanaal', { naam: 'docs' })))
  t.strictSame(responses.map(({ statusCode }) => String(statusCode)).toSorted(), ['201', '400', '400'])
  t.strictSame((await call('GET', 'kanaal')).json<unknown[]>().length, 1)
})

void t.test('a declared kanaal is read-only; register_kanalen of Maykin gets its 200', async (t) => {
  const { call, snapshot } = await startTestApp(t, await freshDatabaseUrl(t, 'sqlite'), {
    kanalen: { objecten: ['object_type'], zaken: [] },
  })
  const [kanaal] = (await call('GET', 'kanaal?naam=objecten')).json<{ url: string }[]>()
  const url = new URL(kanaal?.url ?? '').pathname
  const { epoch } = snapshot()
  const same = await call('PUT', url, { naam: 'objecten', documentatieLink: '', filters: ['objectType'] })
  t.equal(same.statusCode, 200)
  t.strictSame(same.json(), kanaal)
  const refused = await call('PUT', url, { naam: 'objecten', filters: ['other'] })
  t.equal(refused.statusCode, 403)
  t.match(refused.json(), { code: 'managed-by-configuration', detail: /gemeente-test/ })
  t.match((await call('PATCH', url, { naam: 'zaken' })).json(), {
    invalidParams: [{ code: 'unique' }, { code: 'wijzigen-niet-toegelaten' }],
  })
  t.equal(snapshot().epoch, epoch)
})
