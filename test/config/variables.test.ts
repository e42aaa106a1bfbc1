import fc from 'fast-check'
import t from 'tap'
import { HEADER, outline, readText, stateOf } from '../support/configuration.ts'

const environment = { HOST: 'oz.local', EMPTY: '', SUM: '12', YES: 'true', NESTED: '${HOST}' }

const texts: [string, string | undefined][] = [
  ['https://${HOST}/', 'https://oz.local/'],
  ['${HOST}${HOST}', 'oz.localoz.local'],
  ['${UNSET:-standard}', 'standard'],
  ['${EMPTY:-standard}', 'standard'],
  ['${UNSET:-}', ''],
  ['${EMPTY}', ''],
  ['$${HOST}', '${HOST}'],
  ['$$', '$'],
  ['$HOST and $', '$HOST and $'],
  ['${NESTED}', '${HOST}'],
  ['${UNSET}', undefined],
  ['${1BAD}', undefined],
  ['${HOST', undefined],
  ['${UNSET:-${HOST}}', undefined],
]
for (const [text, expected] of texts) {
  void t.test(`${text} becomes ${expected ?? 'a diagnostic'}`, async (t) => {
    const document = `externalCredentials: { a: { apiRoot: https://a/, clientId: a, secret: { env: A }, userRepresentation: '${text}' } }`
    const { states, diagnostics } = await readText(HEADER + document, environment)
    if (expected === undefined) t.match(diagnostics, [{ id: /^variables\// }])
    else t.match(states[0]?.objects, [{ spec: { userRepresentation: expected } }])
  })
}

void t.test('a variable where a number or boolean belongs becomes one', async (t) => {
  const state = await stateOf('delivery: { maxConcurrency: "${SUM}" }', environment)
  t.match(state.objects, [{ spec: { maxConcurrency: 12 } }])
  const text = `${HEADER}abonnementen: { a: { callbackUrl: https://a/, auth: { type: no_auth }, kanalen: [], cloudEvents: { send: "\${YES}" } } }`
  t.match((await readText(text, environment)).states[0]?.objects, [{ spec: { cloudEvents: { send: true } } }])
  t.strictSame(outline(await readText(`${HEADER}delivery: { maxConcurrency: "\${HOST}" }`, environment)), [
    'schema/type 4:29',
  ])
  t.strictSame(
    outline(await readText(`${HEADER}delivery: { maxConcurrency: "12" }`)),
    ['schema/type 4:29'],
    'a text is not',
  )
})

void t.test('keys, secret references and extension data are left alone', async (t) => {
  const text = "clientCredentials: { '${HOST}': { secret: { file: '/run/${HOST}' } } }\nx-note: ${NOT SET}"
  const { objects } = await stateOf(text, environment)
  t.match(objects, [{ key: '${HOST}', secrets: [{ reference: { file: '/run/${HOST}' } }] }])
})

void t.test('metadata may hold variables: parts are put together afterwards', async (t) => {
  const part = (body: string): string =>
    `apiVersion: bode/v1\nkind: Configuration\nmetadata: { name: "\${TEAM}" }\n${body}`
  const { states } = await readText(`${part('kanalen: { a: {} }')}\n---\n${part('kanalen: { b: {} }')}`, {
    TEAM: 'zuid',
  })
  t.match(states, [{ owner: 'zuid', objects: [{ key: 'a' }, { key: 'b' }] }])
})

void t.test('a text in which every $ is doubled is that text', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.stringMatching(/^[$a-zA-Z{}:_-]{1,40}$/), async (text) => {
      const source = `cloudEvents: { source: ${JSON.stringify(text.replaceAll('$', '$$$$'))} }`
      const [object] = (await stateOf(source, environment)).objects
      t.match(object, { spec: { source: text } })
    }),
  )
})

void t.test('every unset variable is reported, where it stands', async (t) => {
  const result = await readText(`${HEADER}publicUrl: https://\${A}/\${B}`)
  t.strictSame(outline(result), ['variables/unset 4:20', 'variables/unset 4:25'])
})
