import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { packageRoot } from '../../src/common/package-root.ts'
import { readConfiguration } from '../../src/config/read-configuration.ts'
import { resolveSecrets } from '../../src/config/resolve.ts'
import { assertNoLeak } from '../support/canary.ts'
import { essence, HEADER, outline, readFiles, readText } from '../support/configuration.ts'

const environment = {}

void t.test('one file with five different mistakes reports all five with file, line and column', async (t) => {
  const text = `${HEADER}clientCredentials:
  open-zaak:
    secret: not-a-reference
  zac:
    secret: { env: ZAC_SECRET }
    scope: [notificaties.consumeren]
kanalen:
  zaken: {}
  zaken: {}
abonnementen:
  zac:
    uuid: 482a09ff-286b-4d0f-a1b8-9b99c1eac0f8
    callbackUrl: https://zac.gemeente.local/
    auth: { type: no_auth }
    kanalen: [{ naam: zaken }]
  archief:
    uuid: 482a09ff-286b-4d0f-a1b8-9b99c1eac0f8
    callbackUrl: https://archief.gemeente.local/
    auth: { type: no_auth }
    kanalen: [{ naam: zaken }]
delivery: { timeout: 10 }
`
  const result = await readFiles(t, { 'bode.yaml': text })
  t.strictSame(
    result.diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ id, position: p }) => `${id} ${p?.file}:${p?.line}:${p?.column}`),
    [
      'secret/literal bode.yaml:6:13',
      'schema/unknown-key bode.yaml:9:5',
      'yaml/duplicate-key bode.yaml:12:3',
      'abonnement/duplicate-uuid bode.yaml:20:11',
      'schema/type bode.yaml:24:22',
    ],
  )
  t.strictSame(result.states, [], 'and nothing to apply')
})

void t.test('files and directories are read in order of path, once each, hidden ones not', async (t) => {
  const cwd = t.testdir({
    'b.yaml': `${HEADER}kanalen: { b: {} }`,
    sub: { 'a.yml': `${HEADER}kanalen: { a: {} }`, '.hidden.yaml': 'not: read', 'notes.txt': 'not: read' },
    '.git': { 'config.yaml': 'not: read' },
  })
  const { states, diagnostics, files } = await readConfiguration(['.', 'b.yaml', './sub'], { cwd, environment })
  t.strictSame(diagnostics, [])
  t.equal(files, 2)
  t.strictSame(
    states[0]?.objects.map(({ key, position }) => [key, position.file]),
    [
      ['a', 'sub/a.yml'],
      ['b', 'b.yaml'],
    ],
  )
})

void t.test('a mounted ConfigMap, which is made of links, is read', async (t) => {
  const cwd = t.testdir({})
  mkdirSync(join(cwd, '..data'))
  writeFileSync(join(cwd, '..data', 'bode.yaml'), HEADER)
  symlinkSync(join(cwd, '..data', 'bode.yaml'), join(cwd, 'bode.yaml'))
  const { states, files } = await readConfiguration([cwd], { cwd: '/', environment })
  t.match({ states, files }, { states: [{ owner: 'test' }], files: 1 })
})

void t.test('standard input is read as -, and is <stdin> in messages', async (t) => {
  t.match((await readText(HEADER)).states, [{ owner: 'test' }])
  t.match((await readText(`${HEADER}nonsense: 1`)).diagnostics, [{ position: { file: '<stdin>', line: 4 } }])
  t.match((await readConfiguration(['-'], { cwd: '/', environment })).diagnostics, [{ id: 'file/unreadable' }])
})

void t.test('what cannot be read is reported with its name and why, and nothing else is guessed', async (t) => {
  const cwd = t.testdir({
    empty: {},
    'latin1.yaml': Buffer.from([0x6b, 0xe9]),
    'refers.yaml': `${HEADER}autorisaties: { apiRoot: https://oz.local/ }`,
  })
  const paths = ['none.yaml', 'empty', 'latin1.yaml', 'refers.yaml', 'refers.yaml/x']
  const { states, diagnostics } = await readConfiguration(paths, { cwd, environment })
  t.strictSame(states, [])
  t.strictSame(
    diagnostics.map(({ id, message }) => `${id}: ${message}`),
    [
      'file/unreadable: cannot read none.yaml: it does not exist',
      'file/unreadable: cannot read empty: it has no *.yaml or *.yml file in it',
      'file/unreadable: cannot read latin1.yaml: it is not UTF-8 text',
      'file/unreadable: cannot read refers.yaml/x: it does not exist',
    ],
  )
})

void t.test('several documents in one file are parts, and an empty one at its end is nothing', async (t) => {
  const { states, diagnostics } = await readText(`${HEADER}kanalen: { a: {} }\n---\n${HEADER}kanalen: { b: {} }\n---\n`)
  t.strictSame(diagnostics, [])
  t.strictSame(
    states.map(({ objects }) => objects.map(({ key }) => key)),
    [['a', 'b']],
  )
})

void t.test('different names are independent states, in order of name', async (t) => {
  const named = (name: string): string => HEADER.replace('test', name)
  const { states } = await readText(`${named('zuid')}kanalen: { a: {} }\n---\n${named('noord')}kanalen: { a: {} }`)
  t.strictSame(
    states.map(({ owner }) => owner),
    ['noord', 'zuid'],
  )
})

void t.test('a byte order mark and CRLF line endings make no difference', async (t) => {
  const result = await readFiles(t, { 'a.yaml': `\uFEFF${HEADER}nonsense: 1\n`.replaceAll('\n', '\r\n') })
  t.strictSame(outline(result), ['schema/unknown-key 4:1'])
  t.equal(result.diagnostics[0]?.frame?.at(-1)?.text, 'nonsense: ********')
})

void t.test('what is found later has its code frame too, in order, with secrets masked', async (t) => {
  const text = `${HEADER.replace('name: test', 'name: test, environment: dev')}clientCredentials:
  b: { secret: { env: B }, previousSecret: { insecureLiteral: c4n4ry, expiresAt: 2099-01-01T00:00:00Z } }
  a: { secret: { env: A } }
`
  const { frame, states } = await readText(text)
  const { diagnostics } = await resolveSecrets(states, { environment: {}, cwd: '/', now: 0 })
  t.strictSame(
    frame(diagnostics)
      .filter(({ id }) => id === 'secret/unresolved')
      .map((found) => [found.path, found.frame?.at(-1)?.caret]),
    [
      ['clientCredentials.b.secret', { column: 8, length: 6 }],
      ['clientCredentials.a.secret', { column: 8, length: 6 }],
    ],
  )
  assertNoLeak(t, JSON.stringify(frame(diagnostics)), 'the frames')
})

void t.test('an error in one part of a document does not hide those in another', async (t) => {
  const result = await readFiles(t, { 'a.yaml': `${HEADER}one: 1`, 'b.yaml': `${HEADER}two: 2` })
  t.strictSame(
    result.diagnostics.map(({ position }) => position?.file),
    ['a.yaml', 'b.yaml'],
  )
})

void t.test('neither the order of keys nor the division over files changes what is asked for', async (t) => {
  const document = await gemeente()
  const { apiVersion, kind, metadata, ...sections } = document
  const whole = await readText(stringify(document))
  const pieces = Object.entries(sections).flatMap(([key, value]) =>
    SPLIT.has(key)
      ? Object.entries(value as object).map(([name, entry]) => ({ [key]: { [name]: entry } }))
      : [{ [key]: value }],
  )
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(pieces, { minLength: pieces.length }), fc.nat(4), async (shuffled, cut) => {
      const part = (content: object[]): string =>
        stringify(content.reduce<object>(mergeSections, { metadata, kind, apiVersion }), {
          aliasDuplicateObjects: false,
        })
      const text = `${part(shuffled.slice(cut))}---\n${part(shuffled.slice(0, cut))}`
      const { states, diagnostics } = await readText(text)
      t.strictSame(diagnostics, [])
      t.strictSame(states.map(essence), whole.states.map(essence))
    }),
    { numRuns: 30 },
  )
})

const SPLIT = new Set(['externalCredentials', 'clientCredentials', 'kanalen', 'abonnementen'])

function mergeSections(all: object, piece: object): object {
  const [[key, value]] = Object.entries(piece) as [[string, object]]
  const known = (all as Record<string, object>)[key]
  return { ...all, [key]: known === undefined ? value : { ...value, ...known } }
}

/** The example of a municipality as one document, its variables filled in. */
async function gemeente(): Promise<Record<string, unknown>> {
  const { readdir, readFile } = await import('node:fs/promises')
  const folder = join(packageRoot, 'examples/gemeente')
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'))
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return Object.assign({}, ...texts.map((text) => parse(text) as object), {
    metadata: { name: 'gemeente-voorbeeld', environment: 'test' },
  }) as Record<string, unknown>
}
