import t from 'tap'
import { checkAgainstKanaal, parseNotificatie } from '../../src/notificaties/parse.ts'
import { messageBody, notificatieOf } from '../support/notificatie.ts'
import { byKey, kanaalOf } from '../support/snapshot.ts'

const now = Date.UTC(2026, 10, 23, 9)
const parse = (body: unknown, leewayMs = 0) => parseNotificatie(body, { now, leewayMs })

const faults: [what: string, body: unknown, expected: [name: string, code: string, reason?: string][]][] = [
  ['a missing kanaal', messageBody({ kanaal: undefined }), [['kanaal', 'required', 'Dit veld is vereist.']]],
  ['a blank kanaal', messageBody({ kanaal: '  ' }), [['kanaal', 'blank', 'Dit veld mag niet leeg zijn.']]],
  ['a null kanaal', messageBody({ kanaal: null }), [['kanaal', 'null', 'Dit veld mag niet leeg zijn.']]],
  ['a kanaal that is a boolean', messageBody({ kanaal: true }), [['kanaal', 'invalid', 'Not a valid string.']]],
  [
    'a kanaal of 51 characters',
    messageBody({ kanaal: 'k'.repeat(51) }),
    [['kanaal', 'max_length', 'Zorg ervoor dat dit veld niet meer dan 50 karakters bevat.']],
  ],
  ['a blank source', messageBody({ source: '' }), [['source', 'blank']]],
  ['a null source', messageBody({ source: null }), [['source', 'null']]],
  ['a source of 101 characters', messageBody({ source: 's'.repeat(101) }), [['source', 'max_length']]],
  ['a missing hoofdObject', messageBody({ hoofdObject: undefined }), [['hoofdObject', 'required']]],
  [
    'a relative address',
    messageBody({ hoofdObject: '/zaken/1' }),
    [['hoofdObject', 'invalid', 'Voer een geldige URL in.']],
  ],
  ['an address with a space', messageBody({ resourceUrl: 'http://a.nl/x y' }), [['resourceUrl', 'invalid']]],
  ['an address without a host', messageBody({ resourceUrl: 'http:///x' }), [['resourceUrl', 'invalid']]],
  ['an address with port 99999', messageBody({ resourceUrl: 'http://a.nl:99999/' }), [['resourceUrl', 'invalid']]],
  [
    'an address with a port of six digits',
    messageBody({ resourceUrl: 'http://a.nl:000080/' }),
    [['resourceUrl', 'invalid']],
  ],
  [
    'an address with a number for its last label',
    messageBody({ resourceUrl: 'http://a.123/' }),
    [['resourceUrl', 'invalid']],
  ],
  ['an address with an empty label', messageBody({ resourceUrl: 'http://a..nl/' }), [['resourceUrl', 'invalid']]],
  ['a blank address', messageBody({ resourceUrl: ' ' }), [['resourceUrl', 'blank']]],
  ['an address that is a number', messageBody({ resourceUrl: 12 }), [['resourceUrl', 'invalid']]],
  ['a blank resource', messageBody({ resource: '' }), [['resource', 'blank']]],
  ['a missing aanmaakdatum', messageBody({ aanmaakdatum: undefined }), [['aanmaakdatum', 'required']]],
  ['a blank aanmaakdatum', messageBody({ aanmaakdatum: '' }), [['aanmaakdatum', 'invalid']]],
  ['a mail address', messageBody({ resourceUrl: 'mailto:x@a.nl' }), [['resourceUrl', 'invalid']]],
  [
    'a very long address',
    messageBody({ resourceUrl: `http://a.nl/${'x'.repeat(2048)}` }),
    [['resourceUrl', 'invalid']],
  ],
  ['a resource of 101 characters', messageBody({ resource: 'r'.repeat(101) }), [['resource', 'max_length']]],
  ['an actie of 101 characters', messageBody({ actie: 'a'.repeat(101) }), [['actie', 'max_length']]],
  [
    'a NUL character',
    messageBody({ actie: 'a\0b' }),
    [['actie', 'null_characters_not_allowed', 'Null-tekens zijn niet toegestaan.']],
  ],
  [
    'a lone surrogate',
    messageBody({ actie: 'a\uD800' }),
    [['actie', 'surrogate_characters_not_allowed', 'Surrogate characters are not allowed: U+D800.']],
  ],
  ['a null aanmaakdatum', messageBody({ aanmaakdatum: null }), [['aanmaakdatum', 'null']]],
  ['an aanmaakdatum in epoch seconds', messageBody({ aanmaakdatum: 1700000000 }), [['aanmaakdatum', 'invalid']]],
  [
    'an aanmaakdatum with z',
    messageBody({ aanmaakdatum: '2024-01-01T12:00:00z' }),
    [
      [
        'aanmaakdatum',
        'invalid',
        'Datetime heeft een ongeldig formaat, gebruik 1 van de volgende formaten: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].',
      ],
    ],
  ],
  [
    'an aanmaakdatum in the future',
    messageBody({ aanmaakdatum: '2026-11-23T09:00:01Z' }),
    [['aanmaakdatum', 'future_not_allowed', 'Deze waarde mag niet in de toekomst liggen.']],
  ],
  [
    'kenmerken as a list',
    messageBody({ kenmerken: [] }),
    [['kenmerken', 'not_a_dict', 'Verwachtte een dictionary van items, maar kreeg type "list".']],
  ],
  [
    'a kenmerk whose digits are lost',
    JSON.parse(
      JSON.stringify(messageBody({ kenmerken: { a: 'N', b: 'M' } }))
        .replace('"N"', '12345678901234567890')
        .replace('"M"', '1e400'),
    ),
    [
      ['kenmerken.a', 'invalid', 'Dit getal is te groot om precies over te nemen. Zet er aanhalingstekens omheen.'],
      ['kenmerken.b', 'invalid'],
    ],
  ],
  ['null kenmerken', messageBody({ kenmerken: null }), [['kenmerken', 'null']]],
  [
    'a kenmerk that is a boolean',
    messageBody({ kenmerken: { a: true } }),
    [['kenmerken.a', 'invalid', 'Not a valid string.']],
  ],
  ['a kenmerk that is null', messageBody({ kenmerken: { a_b: null } }), [['kenmerken.aB', 'null']]],
  ['a kenmerk that is a list', messageBody({ kenmerken: { a: [] } }), [['kenmerken.a', 'invalid']]],
  [
    'a kenmerk of 1001 characters',
    messageBody({ kenmerken: { a: 'x'.repeat(1001) } }),
    [['kenmerken.a', 'max_length']],
  ],
  ['a list', [], [['nonFieldErrors', 'invalid', 'Ongeldige data. Verwacht een dictionary, kreeg een list.']]],
  ['null', null, [['nonFieldErrors', 'null', 'No data provided']]],
  ['text', 'x', [['nonFieldErrors', 'invalid', 'Ongeldige data. Verwacht een dictionary, kreeg een str.']]],
  [
    'several faults at once',
    messageBody({ actie: '', kanaal: 1.5, resource: null }),
    [
      ['resource', 'null'],
      ['actie', 'blank'],
    ],
  ],
]

void t.test('every fault of a field has its own code and reason', async (t) => {
  for (const [what, body, expected] of faults) {
    const parsed = parse(body)
    const invalidParams = 'invalidParams' in parsed ? parsed.invalidParams : []
    t.strictSame(
      invalidParams.map(({ name, code }) => [name, code]),
      expected.map(([name, code]) => [name, code]),
      what,
    )
    for (const [index, [, , reason]] of expected.entries()) {
      if (reason !== undefined) t.equal(invalidParams[index]?.reason, reason, `${what}: reason`)
    }
  }
})

const accepted: [what: string, changes: Record<string, unknown>, expected: object][] = [
  ['kenmerken left out are none', { kenmerken: undefined }, { kenmerken: {} }],
  [
    'numbers become text',
    { kenmerken: { a: 1, b: 1.5 }, resource: 12 },
    { kenmerken: { a: '1', b: '1.5' }, resource: '12' },
  ],
  ['a kenmerk of 1000 characters', { kenmerken: { a: 'x'.repeat(1_000) } }, { kenmerken: { a: 'x'.repeat(1_000) } }],
  ['a long key', { kenmerken: { ['k'.repeat(500)]: 'x' } }, { kenmerken: { ['k'.repeat(500)]: 'x' } }],
  ['the largest number that is exact', { kenmerken: { a: 2 ** 53 - 1 } }, { kenmerken: { a: '9007199254740991' } }],
  ['an empty kenmerk stays', { kenmerken: { a: ' ' } }, { kenmerken: { a: '' } }],
  ['keys of kenmerken are folded', { kenmerken: { object_type: 'x' } }, { kenmerken: { objectType: 'x' } }],
  ['dotted keys stay', { kenmerken: { 'zaaktype.catalogus': 'x' } }, { kenmerken: { 'zaaktype.catalogus': 'x' } }],
  [
    'a key like __proto__ is no more than a key',
    { kenmerken: JSON.parse('{"__proto__":"x"}') as object },
    { kenmerken: { proto__: 'x' } },
  ],
  ['of two keys that fold to one the last wins', { kenmerken: { a_b: '1', aB: '2' } }, { kenmerken: { aB: '2' } }],
  [
    'snake_case members are taken',
    { hoofdObject: undefined, hoofd_object: 'http://a/b' },
    { hoofdObject: 'http://a/b' },
  ],
  ['text is trimmed', { actie: ' create ' }, { actie: 'create' }],
  ['a source is kept', { source: 'urn:x' }, { source: 'urn:x' }],
  [
    'a local time without a zone is UTC',
    { aanmaakdatum: '2024-01-01T12:00:00.123456789' },
    { aanmaakdatum: '2024-01-01T12:00:00.123456Z' },
  ],
  ['ftp addresses are fine', { hoofdObject: 'FTP://a.nl/x' }, { hoofdObject: 'FTP://a.nl/x' }],
  ['50 astral characters are 50', { kanaal: '😀'.repeat(50) }, { kanaal: '😀'.repeat(50) }],
]

void t.test('what publishers send is normalised', async (t) => {
  for (const [what, changes, expected] of accepted)
    t.match(parse(messageBody(changes)), { notificatie: expected }, what)
})

void t.test('unknown members and a blank source leave no trace', async (t) => {
  t.strictSame(parse(messageBody({ url: 'x', extra: { deep: [] } })), { notificatie: notificatieOf() })
})

void t.test('leeway lets a faster clock through', async (t) => {
  t.ok('notificatie' in parse(messageBody({ aanmaakdatum: '2026-11-23T09:00:04Z' }), 5_000))
})

void t.test('addresses that municipalities have are accepted', async (t) => {
  for (const address of [
    'http://openzaak:8000/x',
    'http://webhook/204',
    'https://open_zaak.local/x?a=b#c',
    'http://localhost:8000',
    'http://[::1]:8000/x',
    'http://10.0.0.1/x',
    'https://user:word@example.nl/x',
    'https://gemeente-éénhoorn.nl/',
    'http://x.svc.cluster.local./x',
    'http://host.docker.internal',
    'ftps://a.nl/x',
    'http://a.nl?x=1',
    'http://a.nl:65535/',
    `http://a.nl/${'x'.repeat(2_036)}`,
    ' http://a.nl/x ',
  ]) {
    t.ok('notificatie' in parse(messageBody({ hoofdObject: address })), address)
  }
})

const kanalen = byKey('naam', [
  kanaalOf('zaken', ['bronorganisatie', 'zaaktype', 'vertrouwelijkheidaanduiding']),
  kanaalOf('objecten', ['object_type']),
  kanaalOf('camel', ['objectType']),
  kanaalOf('vrij'),
])

const againstKanaal: [what: string, kanaal: string, kenmerken: Record<string, string>, code: string | undefined][] = [
  ['an unknown kanaal', 'nergens', {}, 'message_kanaal'],
  ['another capital', 'Zaken', {}, 'message_kanaal'],
  ['fewer kenmerken', 'zaken', { zaaktype: 'x' }, undefined],
  ['no kenmerken', 'zaken', {}, undefined],
  [
    'all kenmerken and one more',
    'zaken',
    { bronorganisatie: '', zaaktype: '', vertrouwelijkheidaanduiding: '', 'zaaktype.catalogus': '' },
    undefined,
  ],
  ['neither a subset nor a superset', 'zaken', { bronorganisatie: '', foo: '' }, 'kenmerken_inconsistent'],
  ['a kanaal in snake_case', 'objecten', { objectType: '' }, undefined],
  ['a kanaal in camelCase', 'camel', { objectType: '' }, undefined],
  ['a kanaal without filters', 'vrij', { anything: '' }, undefined],
]

void t.test('the kanaal must exist and agree with the kenmerken', async (t) => {
  for (const [what, kanaal, kenmerken, code] of againstKanaal) {
    t.equal(checkAgainstKanaal({ kanalen }, notificatieOf({ kanaal, kenmerken }))[0]?.code, code, what)
  }
})
