import t from 'tap'
import { DEFAULT_SETTINGS } from '../../src/common/model.ts'
import { essence, outline, readText, HEADER, stateOf } from '../support/configuration.ts'

const CREDENTIAL = 'externalCredentials: { oz: { apiRoot: https://oz.local, clientId: bode, secret: { env: OZ } } }\n'

void t.test('what is left out has its default', async (t) => {
  const state = await stateOf(`${CREDENTIAL}autorisaties: { apiRoot: https://oz.local/ac }
clientCredentials: { zac: { secret: { env: ZAC } } }
kanalen: { zaken: {} }
abonnementen: { zac: { callbackUrl: https://zac.local, auth: { type: zgw, clientId: c, secret: { env: Z } }, kanalen: [{ naam: zaken }] } }
`)
  t.match(state.reconcile, { prune: 'owned', limits: { maxDeletes: 5, maxDeletePercent: 30 } })
  t.strictSame(
    state.objects.map(({ key, spec }) => [key, spec]),
    [
      [
        'default',
        {
          apiRoot: 'https://oz.local/ac/',
          component: 'nrc',
          credential: null,
          cacheForMs: 300_000,
          staleForMs: 3_600_000,
        },
      ],
      ['oz', { apiRoot: 'https://oz.local/', label: 'oz', clientId: 'bode', userId: 'bode', userRepresentation: '' }],
      ['zac', { authorizedBy: 'autorisaties', scopes: [] }],
      ['zaken', { documentatieLink: '', filters: [] }],
      [
        'zac',
        {
          callbackUrl: 'https://zac.local',
          auth: { type: 'zgw', clientId: 'c', userId: 'c', userRepresentation: '' },
          kanalen: [{ naam: 'zaken', filters: {}, acties: [], resources: [] }],
          cloudEvents: { send: false, filters: [] },
          delivery: {},
        },
      ],
    ],
  )
})

void t.test('an empty section of settings has the defaults of the product, and is declared', async (t) => {
  const sections = ['delivery', 'cloudEvents', 'callbacks', 'egress', 'tokens', 'http'] as const
  const state = await stateOf(sections.map((section) => `${section}: {}`).join('\n'))
  t.strictSame([...state.declaredSettings].toSorted(), [...sections].toSorted())
  for (const { key, spec } of state.objects) t.strictSame(spec, DEFAULT_SETTINGS[key as 'delivery'])
})

for (const component of ['nrc', 'Notificatierouteringcomponent', 'Notificaties API']) {
  void t.test(`the component may be written as ${component}`, async (t) => {
    const state = await stateOf(`${CREDENTIAL}autorisaties: { apiRoot: https://oz.local/, component: ${component} }`)
    t.match(state.objects[0], { spec: { component: 'nrc' } })
  })
}

void t.test('autorisaties may be a map with one named entry, and not with two', async (t) => {
  const entry = '{ apiRoot: https://oz.local/ac/, credential: oz, cacheFor: 0s, staleFor: 4h }'
  const state = await stateOf(`${CREDENTIAL}autorisaties: { open-zaak: ${entry} }`)
  t.match(state.objects[0], { key: 'open-zaak', spec: { credential: 'oz', cacheForMs: 0, staleForMs: 14_400_000 } })
  const two = await readText(`${HEADER}${CREDENTIAL}autorisaties: { a: ${entry}, b: ${entry} }`)
  t.strictSame(outline(two), ['schema/length 5:1'])
})

void t.test('absent, empty and present are three things', async (t) => {
  t.strictSame([...(await stateOf('')).declared], [])
  const empty = await stateOf('autorisaties: {}\nkanalen: {}\nabonnementen: {}\n')
  t.strictSame([[...empty.declared], empty.objects], [['autorisaties', 'kanalen', 'abonnementen'], []])
  t.strictSame([...(await stateOf('publicUrl: https://n.local/')).declared], ['settings'])
})

void t.test('secrets are references with their slot and end', async (t) => {
  const { objects } = await stateOf(`clientCredentials:
  zac:
    secret: { env: NEW }
    previousSecret: { file: /run/old, expiresAt: 2026-12-01T00:00:00+01:00 }
    authorizedBy: configuration
    scopes: [notificaties.publiceren, notificaties.consumeren]
`)
  t.match(objects, [
    {
      spec: { scopes: ['notificaties.consumeren', 'notificaties.publiceren'] },
      secrets: [
        { field: 'secret', slot: 'current', reference: { env: 'NEW' }, expiresAt: null, position: { line: 6 } },
        {
          slot: 'previous',
          reference: { file: '/run/old' },
          expiresAt: Date.UTC(2026, 10, 30, 23),
          position: { line: 7 },
        },
      ],
    },
  ])
})

void t.test('an abonnement may belong to a client, which may change what is named', async (t) => {
  const abonnement = (more: string): string =>
    `abonnementen: { a: { callbackUrl: https://a/, auth: { type: no_auth }, kanalen: []${more} } }`
  const client = async (more: string): Promise<unknown> => {
    const [object] = (await stateOf(abonnement(more))).objects
    return object?.kind === 'abonnementen' ? object.spec.client : 'none'
  }
  t.equal(await client(''), undefined)
  t.strictSame(await client(', owner: { clientId: zac }'), { clientId: 'zac', may: [] })
  t.strictSame(await client(', owner: { clientId: zac }, clientMay: [delete, auth]'), {
    clientId: 'zac',
    may: ['auth', 'delete'],
  })
})

void t.test('everything that can be deleted can be protected', async (t) => {
  const { objects } = await stateOf(`autorisaties: { apiRoot: https://oz.local/ac, protected: true }
externalCredentials: { oz: { apiRoot: https://oz.local, clientId: bode, secret: { env: OZ }, protected: true } }
clientCredentials: { zac: { secret: { env: ZAC }, protected: true }, drc: { secret: { env: DRC }, protected: false } }
kanalen: { zaken: { protected: true }, documenten: {} }
abonnementen: { a: { callbackUrl: https://a/, auth: { type: no_auth }, kanalen: [], protected: true } }
egress: {}
`)
  t.strictSame(
    objects.map((object) => `${object.kind}.${object.key} ${object.protected}`),
    [
      'autorisaties.default true',
      'externalCredentials.oz true',
      'clientCredentials.drc false',
      'clientCredentials.zac true',
      'kanalen.documenten false',
      'kanalen.zaken true',
      'abonnementen.a true',
      'settings.egress false',
    ],
  )
})

for (const [written, sequence] of [
  ['', undefined],
  [', sequence: 0', 0],
  [', sequence: 20261123101500', 20_261_123_101_500],
  [', sequence: "${SERIAL}"', 9_007_199_254_740_991],
] as const) {
  void t.test(`the sequence of metadata { name: test${written} } is ${sequence}`, async (t) => {
    const text = HEADER.replace('name: test', `name: test${written}`)
    t.equal((await readText(text, { SERIAL: '9007199254740991' })).states[0]?.sequence, sequence)
  })
}

for (const [written, found] of [
  ['-1', 'schema/range'],
  ['1.5', 'schema/type'],
  ['9007199254740993', 'schema/range'],
  ['"12"', 'schema/type'],
] as const) {
  void t.test(`${written} is not a sequence`, async (t) => {
    const text = HEADER.replace('name: test', `name: test, sequence: ${written}`)
    t.strictSame(outline(await readText(text)), [`${found} 3:35`])
  })
}

void t.test('every object and field knows its place', async (t) => {
  const { objects } = await stateOf(`abonnementen:
  zac:
    callbackUrl: https://zac.local
    auth: { type: no_auth }
    kanalen:
      - naam: zaken
delivery:
  retry: { backoff: 1m }
`)
  const [abonnement, delivery] = objects
  t.match(abonnement?.position, { line: 5, column: 3, length: 3 })
  t.match(abonnement?.fields.get('kanalen.0.naam'), { line: 9, column: 9 })
  t.match(abonnement?.fields.get('auth.type'), { line: 7 })
  t.match(delivery?.fields.get('retry.backoff'), { line: 11, column: 12 })
})

void t.test('spelling makes no difference: durations, slashes, capitals of a uuid', async (t) => {
  const one = await stateOf('publicUrl: https://n.local/\ntokens: { maxAge: 60m, leeway: 1000ms }\n')
  const other = await stateOf('tokens: { leeway: 1s, maxAge: 1h }\npublicUrl: https://n.local\n')
  t.strictSame(essence(one), essence(other))
})

void t.test('a section of an abonnement that says nothing makes no difference', async (t) => {
  const zac = `abonnementen:
  zac:
    callbackUrl: https://zac.local
    auth: { type: no_auth }
    kanalen: [{ naam: zaken }]
`
  const one = await stateOf(zac)
  const other = await stateOf(`${zac}    delivery: { retry: {} }\n`)
  t.strictSame(essence(one), essence(other))
})
