import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { resolveSecrets } from '../../src/config/resolve.ts'
import { resolveReference, type Resolution } from '../../src/secrets/references.ts'
import { sopsFiles } from '../../src/secrets/sops.ts'
import { assertNoLeak, canary } from '../support/canary.ts'
import { stateOf } from '../support/configuration.ts'
import { ageKey, sopsEncrypt, type SopsValue } from '../support/sops.ts'

const { identity, recipient } = await ageKey()
const other = await ageKey()

const DATA = {
  'open-zaak': { secret: canary('open-zaak'), port: 8000, open: true, empty: '', nothing: null, ratio: 0.5 },
  list: [canary('first'), { secret: canary('second') }],
  'a/b~c': canary('escaped'),
  note_unencrypted: 'readable',
  counts_unencrypted: [1, 2.5, true, 'x'],
} satisfies Record<string, SopsValue>

async function look(
  t: Test,
  text: string,
  pointer: string,
  environment: Record<string, string> = { SOPS_AGE_KEY: identity },
): Promise<Resolution> {
  const cwd = t.testdir({ 'secrets.enc.yaml': text, 'key.txt': `# created: now\n# public key\n${identity}\n` })
  return resolveReference({ sops: `secrets.enc.yaml#${pointer}` }, { environment, cwd })
}

for (const format of ['yaml', 'json'] as const) {
  for (const macOnlyEncrypted of [false, true]) {
    const kind = `${format}${macOnlyEncrypted ? ', mac over what is encrypted' : ''}`
    void t.test(`values are found by their pointer (${kind})`, async (t) => {
      const text = await sopsEncrypt(DATA, [other.recipient, recipient], { format, macOnlyEncrypted })
      for (const [pointer, value] of [
        ['/open-zaak/secret', canary('open-zaak')],
        ['/list/0', canary('first')],
        ['/list/1/secret', canary('second')],
        ['/a~1b~0c', canary('escaped')],
      ] as const) {
        const found = await look(t, text, pointer)
        t.equal('secret' in found && found.secret.reveal(), value, pointer)
      }
    })
  }
}

void t.test('the key may stand in a file, with comments, beside others', async (t) => {
  const text = await sopsEncrypt(DATA, [recipient])
  for (const environment of [
    { SOPS_AGE_KEY_FILE: 'key.txt' },
    { SOPS_AGE_KEY: `${other.identity}\n# mine\n${identity}` },
    { SOPS_AGE_KEY: other.identity, SOPS_AGE_KEY_FILE: 'key.txt' },
  ]) {
    t.match(await look(t, text, '/open-zaak/secret', environment), { warnings: [] })
  }
})

const problems: [string, string, RegExp][] = [
  ['nothing there', '/open-zaak/secrt', /there is nothing at \/open-zaak\/secrt$/],
  ['a map', '/open-zaak', /there is more than one value at \/open-zaak$/],
  ['a number', '/open-zaak/port', /is no text; put quotes round it$/],
  ['a boolean', '/open-zaak/open', /is no text/],
  ['a null', '/open-zaak/nothing', /there is nothing/],
  ['an empty text', '/open-zaak/empty', /is not encrypted$/],
  ['what is readable', '/note_unencrypted', /is not encrypted$/],
]
for (const [what, pointer, message] of problems) {
  void t.test(`${what} is no secret`, async (t) => {
    t.match(await look(t, await sopsEncrypt(DATA, [recipient]), pointer), { problem: message })
  })
}

const damages: [string, (text: string) => string][] = [
  [
    'a value that another took the place of',
    (text) => text.replace(/secret: (ENC\S+)\n {2}port: (ENC\S+)/, 'secret: $2\n  port: $1'),
  ],
  ['a key with another name', (text) => text.replace('open-zaak:', 'open-zaal:')],
  ['a value that was taken out', (text) => text.replace(/ {2}port: .*\n/, '')],
  ['a readable value that was changed', (text) => text.replace('readable', 'altered')],
  ['another date', (text) => text.replace('2026-11-23T09', '2026-11-23T10')],
  [
    'a bit in a value',
    (text) =>
      text.replace(
        /secret: ENC\[AES256_GCM,data:(.)/,
        (all, first: string) => all.slice(0, -1) + (first === 'A' ? 'B' : 'A'),
      ),
  ],
]
for (const [what, damage] of damages) {
  void t.test(`${what} is seen, and nothing is shown`, async (t) => {
    const text = await sopsEncrypt(DATA, [recipient])
    t.not(damage(text), text)
    const found = await look(t, damage(text), '/list/0')
    t.match(found, { problem: /secrets\.enc\.yaml was altered after sops encrypted it/ })
    assertNoLeak(t, JSON.stringify(found), 'the problem')
  })
}

const files: [string, string, RegExp][] = [
  ['a file that sops did not make', 'a: b\n', /was not encrypted by sops: it has no "sops" section$/],
  ['a file without a mac', 'a: b\nsops: { version: 3.9.0 }\n', /its "sops" section has no mac$/],
  ['a file that is no YAML', 'a: [b\n', /is not one YAML or JSON document$/],
  ['a file with two documents', 'a: b\n---\nb: c\n', /is not one YAML or JSON document$/],
]
for (const [what, text, message] of files) {
  void t.test(`${what} is named as such`, async (t) => {
    t.match(await look(t, text, '/a'), { problem: message })
  })
}

void t.test('a key that does not fit, is wrong or is missing is said, with what is needed', async (t) => {
  const text = await sopsEncrypt(DATA, [recipient])
  const needed = { problem: new RegExp(`needs an age key in SOPS_AGE_KEY or SOPS_AGE_KEY_FILE, one of: ${recipient}$`) }
  t.match(await look(t, text, '/list/0', {}), needed)
  t.match(await look(t, text, '/list/0', { SOPS_AGE_KEY: other.identity }), needed)
  const wrong = await look(t, text, '/list/0', { SOPS_AGE_KEY: canary('age') })
  t.match(wrong, { problem: /holds something that is no age key$/ })
  assertNoLeak(t, JSON.stringify(wrong), 'the problem')
  t.match(await look(t, text, '/list/0', { SOPS_AGE_KEY_FILE: 'none.txt' }), { problem: /none\.txt, cannot be read$/ })
  t.match(await resolveReference({ sops: 'none.yaml#/a' }, { environment: {}, cwd: '/' }), {
    problem: 'the file /none.yaml does not exist',
  })
})

void t.test('other kinds of keys are for the sops program, when it is there', async (t) => {
  const text = await sopsEncrypt(DATA, [])
  t.match(await look(t, text, '/list/0'), { problem: /the sops program, which can open it, is not installed$/ })
  const program = (script: string): Record<string, string> => {
    const bin = join(t.testdirName, 'bin')
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, 'sops'), `#!${process.execPath}\n${script}\n`)
    chmodSync(join(bin, 'sops'), 0o755)
    return { PATH: bin }
  }
  const cwd = t.testdir({ 'secrets.enc.yaml': text })
  const ask = async (script: string): Promise<Resolution> =>
    resolveReference({ sops: 'secrets.enc.yaml#/list/0' }, { environment: program(script), cwd })
  const found = await ask(
    `if (process.argv.slice(2).join(' ') !== '--decrypt --output-type json ${join(cwd, 'secrets.enc.yaml')}') process.exit(9)
console.log(${JSON.stringify(JSON.stringify(DATA))})`,
  )
  t.equal('secret' in found && found.secret.reveal(), canary('first'))
  const failed = await ask(`console.error(${JSON.stringify(canary('stderr'))}); process.exit(128)`)
  t.match(failed, { problem: /see why with: sops --decrypt / })
  assertNoLeak(t, JSON.stringify(failed), 'the problem')
  t.match(await ask(`console.log('${canary('stdout')}')`), { problem: /could not be read after/ })
})

void t.test('each file is decrypted once in a run', async (t) => {
  const cwd = t.testdir({ 'secrets.enc.yaml': await sopsEncrypt(DATA, [recipient]) })
  const world = { environment: { SOPS_AGE_KEY: identity }, cwd }
  const sops = sopsFiles(world)
  t.match(await sops.look('secrets.enc.yaml#/list/0'), { warnings: [] })
  writeFileSync(join(cwd, 'secrets.enc.yaml'), 'gone')
  t.match(await sops.look('secrets.enc.yaml#/list/1/secret'), { warnings: [] })
  t.equal(readFileSync(join(cwd, 'secrets.enc.yaml'), 'utf8'), 'gone')
})

void t.test('a document refers to it, and every value that cannot be had is reported', async (t) => {
  const cwd = t.testdir({ 'secrets.enc.yaml': await sopsEncrypt(DATA, [recipient]) })
  const state = await stateOf(`clientCredentials:
  a: { secret: { sops: 'secrets.enc.yaml#/open-zaak/secret' } }
  b: { secret: { sops: 'secrets.enc.yaml#/none' } }
  c: { secret: { sops: 'none.yaml#/none' } }
`)
  const { secrets, diagnostics } = await resolveSecrets([state], {
    environment: { SOPS_AGE_KEY: identity },
    cwd,
    now: 0,
  })
  t.equal(secrets.size, 1)
  t.strictSame(
    diagnostics.map(({ id, path }) => `${id} ${path}`),
    ['secret/unresolved clientCredentials.b.secret', 'secret/unresolved clientCredentials.c.secret'],
  )
})

void t.test('whatever is encrypted comes back', async (t) => {
  const name = fc.stringMatching(/^[A-Za-z0-9 _~/:-]{1,12}$/).filter((text) => text !== 'sops' && text !== '')
  const text = fc.string({ minLength: 1, unit: 'grapheme' })
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, text, { minKeys: 1, maxKeys: 4 }), fc.boolean(), async (data, json) => {
      const encrypted = await sopsEncrypt(data, [recipient], { format: json ? 'json' : 'yaml', unencryptedSuffix: '!' })
      for (const [key, value] of Object.entries(data)) {
        const found = await look(t, encrypted, `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
        t.equal('secret' in found && found.secret.reveal(), value)
      }
    }),
    { numRuns: 25 },
  )
})
