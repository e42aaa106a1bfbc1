import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { packageRoot } from '../../src/common/package-root.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { effectiveDocument, renderEffective } from '../../src/config/render-effective.ts'
import { readSources } from '../../src/config/read-sources.ts'
import { sourceOf } from '../../src/config/source.ts'
import { essence, HEADER, overlay, readText } from '../support/configuration.ts'

const shown = (text: string, environment = {}, origins = false): string => {
  const { documents } = readSources([sourceOf('bode.yaml', text)], { environment })
  return renderEffective(effectiveDocument(documents[0]!), { origins })
}

void t.test('variables are filled in, overlays are merged, defaults are not added', async (t) => {
  const base = `${HEADER}tokens: { maxAge: "\${AGE}" }\nkanalen: { b: {}, a: { filters: [x] } }\ndelivery: { maxConcurrency: "\${MANY}" }\n`
  const sources = [
    sourceOf('bode.yaml', base),
    sourceOf('p.yaml', overlay('p', 'kanalen: { c: {} }\npublicUrl: https://n/')),
  ]
  const { documents } = readSources(sources, { environment: { AGE: '2h', MANY: '3' }, env: 'p' })
  t.equal(
    renderEffective(effectiveDocument(documents[0]!), { origins: true }),
    `apiVersion: bode/v1 # bode.yaml:1
kind: Configuration # bode.yaml:2
metadata:
  name: test # bode.yaml:3
  environment: p # p.yaml:3

kanalen:
  a:
    filters:
      - x # bode.yaml:5
  b: {} # bode.yaml:5
  c: {} # p.yaml:6

delivery:
  maxConcurrency: 3 # bode.yaml:6

tokens:
  maxAge: 2h # bode.yaml:4

publicUrl: https://n/ # p.yaml:7
`,
  )
})

void t.test('secrets are references, and a literal is masked', async (t) => {
  const text = `${HEADER.replace('name: test', 'name: test, environment: dev')}clientCredentials:
  a: { secret: { insecureLiteral: c4n4ry }, previousSecret: { env: OLD, expiresAt: 2099-01-01T00:00:00Z } }
  b: { secret: { file: '/run/\${X}' } }
`
  const output = shown(text)
  t.match(output, 'insecureLiteral: "********"')
  t.match(output, 'file: /run/${X}')
  t.notMatch(output, 'c4n4ry')
})

void t.test('where a value was written is known by its pointer, in the order of files or not', async (t) => {
  const { documents } = readSources([sourceOf('a.yaml', `${HEADER}kanalen: { a/b: { filters: [x] } }`)], {
    environment: {},
  })
  const { origins, value } = effectiveDocument(documents[0]!)
  t.strictSame(origins.get('/kanalen/a~1b/filters/0'), { file: 'a.yaml', line: 4, column: 29 })
  t.match(value, { kanalen: { 'a/b': { filters: ['x'] } } })
})

for (const example of ['gemeente', 'open-zaak', 'quickstart']) {
  for (const origins of [false, true]) {
    void t.test(
      `what is shown of examples/${example} ${origins ? 'with' : 'without'} origins says the same`,
      async (t) => {
        const { documents, states } = await readConfiguration(['.'], {
          cwd: join(packageRoot, 'examples', example),
          environment: {},
        })
        const text = renderEffective(effectiveDocument(documents[0]!), { origins })
        const literal = JSON.stringify(states.map(essence)).includes('insecureLiteral')
        const again = (await readText(text)).states.map(essence)
        if (!literal) t.strictSame(again, states.map(essence))
        else t.equal(again.length, 1)
      },
    )
  }
}

void t.test('any text comes back as it is, with a comment behind it or not', async (t) => {
  const text = fc.oneof(
    fc.constantFrom(
      '002',
      'true',
      '~',
      '',
      '*x',
      '# no',
      'a: b',
      '${X}',
      '$$',
      '$${Y}',
      '- a',
      '"',
      '\\',
      'é\n',
      'a\nb\n',
    ),
    fc.string({ maxLength: 30 }),
  )
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), async (value, origins) => {
      const source = `${HEADER}abonnementen: { a: { callbackUrl: https://a/, auth: { type: no_auth }, kanalen: [{ naam: k, filters: { f: ${JSON.stringify(value.replaceAll('$', '$$$$'))} } }] } }`
      const again = await readText(shown(source, {}, origins))
      t.strictSame(again.states.map(essence), (await readText(source)).states.map(essence))
    }),
  )
})
