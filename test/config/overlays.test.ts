import t, { type Test } from 'tap'
import { readConfiguration, type Configuration } from '../../src/config/read-configuration.ts'
import { readSources } from '../../src/config/read-sources.ts'
import { sourceOf } from '../../src/config/source.ts'
import { HEADER, outline, overlay } from '../support/configuration.ts'

const BASE = `${HEADER}kanalen: { zaken: { filters: [zaaktype] }, documenten: {} }
clientCredentials: { zac: { secret: { file: /run/zac }, authorizedBy: configuration, scopes: [notificaties.consumeren] } }
tokens: { maxAge: 1h, leeway: 5s }
`

async function read(
  t: Test,
  files: Parameters<Test['testdir']>[0],
  env?: string,
  paths = ['.'],
): Promise<Configuration> {
  return readConfiguration(paths, { cwd: t.testdir(files), environment: {}, env })
}

const find = ({ states }: Configuration, key: string): unknown =>
  states[0]?.objects.find((object) => object.key === key)

void t.test('a patch merges maps, replaces lists and values, and null takes away', async (t) => {
  const patch = `kanalen: { zaken: { filters: [bronorganisatie] }, documenten: null, besluiten: { filters: [x] } }
tokens: { leeway: null, maxFutureIat: 1m }
publicUrl: https://n.local/
`
  const result = await read(t, { 'bode.yaml': BASE, 'prod.yaml': overlay('acceptatie', patch) }, 'acceptatie')
  t.strictSame(result.diagnostics, [])
  t.equal(result.states[0]?.environment, 'acceptatie')
  t.match(find(result, 'zaken'), {
    spec: { filters: ['bronorganisatie'] },
    position: { file: 'bode.yaml', line: 4 },
    fields: new Map([['filters', { file: 'prod.yaml', line: 6 }]]),
  })
  t.match(find(result, 'besluiten'), { position: { file: 'prod.yaml', line: 6 } })
  t.equal(find(result, 'documenten'), undefined)
  t.match(find(result, 'tokens'), { spec: { maxAgeMs: 3_600_000, leewayMs: 0, maxFutureIatMs: 60_000 } })
})

void t.test('without --env overlays are checked and not applied', async (t) => {
  const files = { 'bode.yaml': BASE, 'prod.yaml': overlay('test', 'kanalen: { zaken: null }\ntokns: {}') }
  t.strictSame(outline(await read(t, files)), ['schema/unknown-key 7:3'])
  const plain = await read(t, { ...files, 'prod.yaml': overlay('test', 'kanalen: { zaken: null }') })
  t.not(find(plain, 'zaken'), undefined)
  t.equal(plain.states[0]?.environment, undefined)
})

void t.test('--env chooses among overlays; a configuration may also be for it without one', async (t) => {
  const files = {
    'bode.yaml': BASE,
    'a.yaml': overlay('a', 'publicUrl: https://a/'),
    'b.yaml': overlay('b', 'publicUrl: https://b/'),
  }
  for (const env of ['a', 'b']) t.match(find(await read(t, files, env), 'publicUrl'), { spec: `https://${env}` })
  const plain = { 'bode.yaml': BASE.replace('name: test', 'name: test, environment: c') }
  t.strictSame((await read(t, plain, 'c')).diagnostics, [])
})

void t.test('an environment that nothing is for is an error that names those that are', async (t) => {
  const files = { 'bode.yaml': BASE, 'a.yaml': overlay('productie', ''), 'b.yaml': overlay('test', '') }
  const { diagnostics, states } = await read(t, files, 'production')
  t.strictSame(states, [])
  t.match(diagnostics, [
    { id: 'overlay/environment', help: ['did you mean "productie"?', 'there is: productie, test'] },
  ])
  const dev = { 'bode.yaml': BASE.replace('name: test', 'name: test, environment: dev'), 'a.yaml': overlay('a', '') }
  t.match((await read(t, { ...dev, 'a.yaml': overlay('a', '', 'dir'), dir: {} }, 'a')).states, [])
  t.strictSame(
    outline(
      await read(
        t,
        { ...dev, 'other.yaml': BASE.replace('name: test', 'name: other'), 'a.yaml': overlay('a', '', 'other.yaml') },
        'a',
      ),
    ),
    ['overlay/environment 3:38'],
  )
})

void t.test('an overlay that is named alone brings what it extends, and is applied', async (t) => {
  const files = {
    'bode.yaml': BASE,
    conf: { 'a.yaml': `${HEADER}kanalen: { a: {} }`, 'b.yaml': `${HEADER}kanalen: { b: {} }` },
    overlays: {
      'test.yaml': overlay('test', 'tokens: { maxAge: 2h }', '../bode.yaml'),
      'dir.yaml': overlay('dir', 'kanalen: { a: null }', '../conf'),
    },
  }
  for (const env of [undefined, 'test']) {
    const result = await read(t, files, env, ['overlays/test.yaml'])
    t.strictSame(result.diagnostics, [])
    t.equal(result.files, 2)
    t.match(find(result, 'tokens'), { spec: { maxAgeMs: 7_200_000 } })
  }
  const directory = await read(t, files, undefined, ['overlays/dir.yaml'])
  t.strictSame(
    directory.states[0]?.objects.map(({ key }) => key),
    ['b'],
  )
  t.match((await read(t, files, undefined, ['overlays'])).diagnostics, [
    { id: 'overlay/environment', message: 'these overlays are for several environments: dir, test' },
  ])
  const both = await read(t, files, 'test', ['overlays/test.yaml', 'bode.yaml'])
  t.equal(both.files, 2, 'what is named too is read once')
})

void t.test(
  'an overlay may lie in the directory that it extends, and brings the others of its environment',
  async (t) => {
    const files = {
      'bode.yaml': BASE,
      env: {
        'a.yaml': overlay('a', 'publicUrl: https://a/', '..'),
        'more.yaml': overlay('a', 'kanalen: { zaken: null }', '..'),
        'b.yaml': overlay('b', 'publicUrl: https://b/', '..'),
      },
    }
    for (const [paths, env] of [
      [['env/a.yaml'], undefined],
      [['env/a.yaml'], 'a'],
      [['.'], 'a'],
    ] as const) {
      const result = await read(t, files, env, [...paths])
      t.strictSame(result.diagnostics, [])
      t.match([find(result, 'publicUrl'), find(result, 'zaken')], [{ spec: 'https://a' }, undefined])
    }
  },
)

void t.test('a base is the whole document, over all its files', async (t) => {
  const result = await read(
    t,
    {
      'bode.yaml': HEADER,
      'kanalen.yaml': `${HEADER}kanalen: { zaken: {} }`,
      'a.yaml': overlay('a', 'kanalen: { zaken: { protected: true } }'),
    },
    'a',
  )
  t.match(find(result, 'zaken'), { protected: true })
})

const wrong: [string, Record<string, string>, string[]][] = [
  [
    'a base that is an overlay',
    { 'a.yaml': overlay('a', '', 'b.yaml'), 'b.yaml': overlay('b', '') },
    ['overlay/extends 4:10'],
  ],
  ['a base without a configuration', { 'a.yaml': overlay('a', '', 'x/none.yaml') }, ['file/unreadable 4:10']],
  [
    'a base with two configurations',
    { 'bode.yaml': `${HEADER}---\n${HEADER.replace('test', 'other')}`, 'a.yaml': overlay('a', '') },
    ['overlay/extends 4:10'],
  ],
  ['no base', { 'a.yaml': overlay('a', '').replace('extends: bode.yaml\n', '') }, ['schema/required 1:1']],
  [
    'no environment',
    { 'a.yaml': overlay('a', '').replace('environment: a', '') },
    ['overlay/environment', 'schema/required 3:1'],
  ],
  [
    'another key',
    { 'a.yaml': `${overlay('a', '')}kanalen: {}\n`, 'b.yaml': overlay('a', '') },
    ['schema/unknown-key 5:1'],
  ],
  [
    'a value of the wrong type',
    { 'a.yaml': overlay('a', 'tokens: { maxAge: 5 }\nkanalen: { zaken: { filters: x } }') },
    ['schema/type 6:21', 'schema/type 7:32'],
  ],
  [
    'what becomes of the document',
    { 'a.yaml': overlay('a', 'clientCredentials: { drc: { scopes: [] } }') },
    ['schema/required 6:24'],
  ],
  [
    'a literal secret',
    { 'a.yaml': overlay('a', 'clientCredentials: { zac: { secret: x } }') },
    ['secret/literal 6:39'],
  ],
  [
    'two overlays that say the same',
    {
      'a.yaml': overlay('a', 'tokens: { maxAge: 2h, leeway: 1s }'),
      'b.yaml': overlay('a', 'tokens: { maxAge: 3h }'),
    },
    ['parts/duplicate-key 6:13'],
  ],
  ['nothing that changes', { 'a.yaml': overlay('a', 'tokens: { leeway: 5s, maxAge: 1h }') }, ['overlay/no-effect 5:1']],
  [
    'nothing to take away',
    { 'a.yaml': overlay('a', 'tokens: { maxFutureIat: null, maxAge: 1s }') },
    ['overlay/no-effect 6:13'],
  ],
  ['a variable that is not set', { 'a.yaml': overlay('a', 'publicUrl: "${URL}"') }, ['variables/unset 6:15']],
]
for (const [what, files, expected] of wrong) {
  void t.test(`${what} is reported once, where it stands`, async (t) => {
    t.strictSame(outline(await read(t, { 'bode.yaml': BASE, ...files }, 'a')), expected)
  })
}

void t.test('what an overlay without effect is worth is the word of the document', async (t) => {
  const files = {
    'bode.yaml': `${BASE}settings: { rules: { overlay/no-effect: error } }\n`,
    'a.yaml': overlay('a', 'publicUrl: null'),
  }
  t.match((await read(t, files, 'a')).diagnostics, [{ severity: 'error' }])
})

void t.test('a secret has one source: that of the overlay replaces the other', async (t) => {
  const patch = 'clientCredentials: { zac: { secret: { env: ZAC } } }'
  const result = await read(t, { 'bode.yaml': BASE, 'a.yaml': overlay('a', patch) }, 'a')
  t.match(find(result, 'zac'), { secrets: [{ reference: { env: 'ZAC' }, position: { file: 'bode.yaml' } }] })
  t.strictSame((find(result, 'zac') as { secrets: { reference: object }[] }).secrets[0]?.reference, { env: 'ZAC' })
})

void t.test('sources from memory are read as those from disk', async (t) => {
  const sources = [
    sourceOf('../bode.yaml', BASE),
    sourceOf('a.yaml', overlay('a', 'publicUrl: https://a/', '../bode.yaml')),
  ]
  t.match(readSources(sources, { environment: {}, env: 'a' }).states[0]?.objects, { length: 5 })
})
