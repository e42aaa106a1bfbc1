import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { packageRoot } from '../../src/common/package-root.ts'
import type { DesiredState, RenderObject } from '../../src/config/desired-state.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { renderConfiguration } from '../../src/config/render.ts'
import { essence, readText, stateOf } from '../support/configuration.ts'

for (const example of ['open-zaak', 'gemeente']) {
  void t.test(`what examples/${example} declares comes back from its export`, async (t) => {
    const cwd = join(packageRoot, 'examples', example)
    const [state] = (await readConfiguration(['.'], { cwd, environment: {} })).states
    t.strictSame(await exportedAndRead(state!), objectsOf(state!))
  })
}

void t.test(
  'the export leaves defaults out, keeps empty sections of settings, and orders by kind and key',
  async (t) => {
    const state = await stateOf(`http: {}
kanalen: { b: {}, a: { filters: [x] } }
tokens: { maxAge: 2h }
clientCredentials: { zac: { secret: { env: ZAC }, authorizedBy: autorisaties } }
`)
    t.equal(
      renderConfiguration(state.objects as RenderObject[], 'test'),
      `apiVersion: bode/v1
kind: Configuration
metadata:
  name: test

clientCredentials:
  zac:
    secret:
      env: ZAC

kanalen:
  a:
    filters:
      - x
  b: {}

http: {}

tokens:
  maxAge: 2h
`,
    )
  },
)

void t.test('marks, owners and references of every kind come back from an export', async (t) => {
  const state = await stateOf(`clientCredentials:
  zac: { secret: { sops: 'secrets.enc.yaml#/zac/secret' }, protected: true }
  drc: { secret: { file: /run/drc } }
abonnementen:
  a: { callbackUrl: https://a/, auth: { type: no_auth }, kanalen: [], owner: { clientId: zac }, clientMay: [kanalen], protected: true }
  b: { callbackUrl: https://b/, auth: { type: no_auth }, kanalen: [], owner: { clientId: zac } }
`)
  t.strictSame(await exportedAndRead(state), objectsOf(state))
})

void t.test('a secret whose reference is not known becomes a variable with a comment', async (t) => {
  const objects: RenderObject[] = [
    {
      kind: 'clientCredentials',
      key: 'zac',
      spec: { authorizedBy: 'autorisaties', scopes: [] },
      protected: false,
      secrets: [
        { field: 'secret', slot: 'current', reference: { literal: true }, expiresAt: null },
        { field: 'secret', slot: 'previous', reference: null, expiresAt: 0 },
      ],
    },
  ]
  const text = renderConfiguration(objects, 'test')
  t.match(text, / {6}# The reference is not known.*\n {6}env: ZAC_SECRET\n/)
  t.match(text, / {6}env: ZAC_PREVIOUS_SECRET\n {6}expiresAt: 1970-01-01T00:00:00.000Z\n/)
})

void t.test('texts that look like something else in YAML come back as they were', async (t) => {
  const text = fc.oneof(
    fc.constantFrom(
      '002',
      'true',
      '~',
      '',
      '*x',
      '!x',
      '# no',
      'a: b',
      '${X}',
      '$$',
      '$${Y}',
      '- a',
      '"',
      "'",
      '\\',
      'é\n',
    ),
    fc.string({ maxLength: 30 }),
  )
  await fc.assert(
    fc.asyncProperty(text, fc.stringMatching(/^[a-z]{1,8}$/), async (value, key) => {
      const state = await stateOf(
        `abonnementen: { a: { callbackUrl: https://a/, auth: { type: no_auth }, kanalen: [] } }`,
      )
      const [object] = state.objects as RenderObject[]
      if (object?.kind !== 'abonnementen') throw new Error('not an abonnement')
      const kanalen = [{ naam: 'k', filters: { [key]: value }, acties: [], resources: [] }]
      const [read] = (await readText(renderConfiguration([{ ...object, spec: { ...object.spec, kanalen } }], 'test')))
        .states
      t.match(read?.objects[0]?.spec, { kanalen })
    }),
  )
})

function objectsOf(state: DesiredState): unknown {
  return (essence(state) as DesiredState).objects
}

async function exportedAndRead(state: DesiredState): Promise<unknown> {
  const text = renderConfiguration(state.objects as RenderObject[], state.owner)
  const { states, diagnostics } = await readText(text)
  if (states[0] === undefined) throw new Error(JSON.stringify(diagnostics.map(({ message, path }) => [path, message])))
  return objectsOf(states[0])
}
