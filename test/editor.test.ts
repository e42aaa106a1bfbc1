// What people see in an editor: the schema through yaml-language-server, as VS Code, Neovim and IntelliJ use it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../src/common/package-root.ts'
import { startEditor, type Place } from './support/language-server.ts'

const editor = await startEditor(t)

const MODELINE = '# yaml-language-server: $schema=../../schema/bode.schema.json\n'
const HEADER = 'apiVersion: bode/v1\nkind: Configuration\nmetadata: { name: test }\n'
const OVERLAY = 'apiVersion: bode/v1\nkind: Overlay\nmetadata: { environment: test }\nextends: ./bode.yaml\n'

/** Opens a document in which `|` marks the cursor. */
async function openAt(marked: string) {
  const text = MODELINE + marked
  const before = text.slice(0, text.indexOf('|')).split('\n')
  const path = `examples/editor/${(opened += 1)}.yaml`
  const underlined = await editor.open(path, text.replace('|', ''))
  return { path, at: { line: before.length - 1, character: before.at(-1)!.length } satisfies Place, underlined }
}
let opened = 0

const examples = readdirSync(join(packageRoot, 'examples'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.ya?ml$/.test(file))
  .map((file) => join('examples', file))
  .filter((file) => readFileSync(join(packageRoot, file), 'utf8').startsWith('# yaml-language-server:'))

void t.test('nothing is underlined in any example, variables included', async (t) => {
  t.ok(examples.length >= 6, `${examples.length} examples`)
  for (const file of examples) {
    t.strictSame(await editor.open(file, readFileSync(join(packageRoot, file), 'utf8')), [], file)
  }
})

const TOP = [
  'autorisaties',
  'externalCredentials',
  'clientCredentials',
  'kanalen',
  'abonnementen',
  'egress',
  'settings',
]
const completions: [string, string, string[]][] = [
  ['the sections of a document', `${HEADER}|`, [...TOP, 'moved', 'publicUrl']],
  ['the first keys of an empty file', '|', ['apiVersion', 'kind', 'metadata']],
  [
    'what a client credential has',
    `${HEADER}clientCredentials:\n  zac:\n    |`,
    ['secret', 'previousSecret', 'scopes'],
  ],
  [
    'the values of a choice',
    `${HEADER}clientCredentials:\n  zac:\n    authorizedBy: |\n`,
    ['autorisaties', 'configuration'],
  ],
  ['where a secret may be', `${HEADER}clientCredentials:\n  zac:\n    secret:\n      |\n`, ['env', 'file', 'sops']],
  ['the same, begun', `${HEADER}clientCredentials:\n  zac:\n    secret: { e| }\n`, ['env']],
  [
    'the kinds of authentication',
    `${HEADER}abonnementen:\n  zac:\n    auth:\n      type: |\n`,
    ['no_auth', 'api_key', 'zgw', 'oauth2_client_credentials'],
  ],
  [
    'the fields of one kind of authentication',
    `${HEADER}abonnementen:\n  zac:\n    auth:\n      type: zgw\n      |\n`,
    ['clientId', 'secret', 'userId', 'userRepresentation'],
  ],
  ['the plain form of autorisaties', `${HEADER}autorisaties:\n  |\n`, ['apiRoot', 'component', 'cacheFor']],
  ['examples of a duration, the default first', `${HEADER}tokens:\n  maxAge: |\n`, ['1h', '250ms', '10s']],
  ['rules that can be set', `${HEADER}settings:\n  rules:\n    |\n`, ['secret/weak', 'secret/reused']],
  ['the sections inside the patch of an overlay', `${OVERLAY}patch:\n  |\n`, TOP],
  [
    'the keys of an object inside a patch',
    `${OVERLAY}patch:\n  clientCredentials:\n    zac:\n      |\n`,
    ['secret', 'authorizedBy'],
  ],
]
for (const [what, marked, expected] of completions) {
  void t.test(`completion offers ${what}`, async (t) => {
    const { path, at } = await openAt(marked)
    const labels = (await editor.complete(path, at)).map(({ label }) => label)
    t.strictSame(
      expected.filter((label) => !labels.includes(label)),
      [],
      labels.join(' '),
    )
  })
}

void t.test('a default is offered before other values', async (t) => {
  const { path, at } = await openAt(`${HEADER}tokens:\n  maxAge: |\n`)
  t.equal((await editor.complete(path, at))[0]?.label, '1h')
})

void t.test('each key that is offered says what it is for', async (t) => {
  for (const marked of [`${HEADER}|`, `${HEADER}abonnementen:\n  zac:\n    |\n`, `${HEADER}delivery:\n  |\n`]) {
    const { path, at } = await openAt(marked)
    const keys = (await editor.complete(path, at)).filter(({ kind }) => kind === 10)
    t.ok(keys.length > 1)
    t.strictSame(
      keys.filter(({ documentation }) => !documentation),
      [],
    )
  }
})

const hovers: [string, RegExp][] = [
  [`${HEADER}abonn|ementen: {}\n`, /^#### Abonnementen\n\nThe abonnementen, by a name of your own\./],
  [`${HEADER}tokens: { max|Age: 1h }\n`, /^#### Maximum age\n\n.*`iat`[^]*30d/],
  [`${HEADER}clientCredentials:\n  zac:\n    sec|ret: { env: ZAC }\n`, /^#### Secret\n\n.*`\{ env: NAME \}`/],
  [`${HEADER}clientCredentials:\n  zac:\n    secret: { en|v: ZAC }\n`, /^#### Environment variable\n\n.*`NAME_FILE`/],
  [`${HEADER}abonnementen:\n  zac:\n    auth:\n      ty|pe: zgw\n`, /^#### Type\n\nHow Bode makes itself known/],
  [`${OVERLAY}pat|ch: {}\n`, /^#### Patch\n\n.*merge patch/],
]
for (const [marked, words] of hovers) {
  const [key] = /\w*\|\w*/.exec(marked) ?? ['']
  void t.test(`hovering over ${key.replace('|', '')} shows its words`, async (t) => {
    const { path, at } = await openAt(marked)
    t.match(await editor.hover(path, at), words)
  })
}

const mistakes: [string, string, RegExp][] = [
  ['an unknown section', `${HEADER}|abonnementn: {}\n`, /abonnementn is not allowed/],
  [
    'an unknown key',
    `${HEADER}clientCredentials:\n  zac:\n    secret: { env: X }\n    |secretes: 1\n`,
    /secretes is not allowed/,
  ],
  ['a value that is no choice', `${HEADER}callbacks: { probe: |maybe }\n`, /"strict", "reachable", "off"/],
  ['a literal secret', `${HEADER}clientCredentials:\n  zac:\n    secret: |abc\n`, /Expected "Secret"/],
  ['a duration without a unit', `${HEADER}tokens: { maxAge: |"30" }\n`, /pattern/],
  [
    'a filter value that is a number',
    `${HEADER}abonnementen:\n  z:\n    callbackUrl: https://z.nl/\n    auth: { type: no_auth }\n    kanalen:\n      - { naam: zaken, filters: { bronorganisatie: |002220647 } }\n`,
    /Expected "string"/,
  ],
  ['an unknown key in a patch', `${OVERLAY}patch:\n  |tokns: {}\n`, /tokns is not allowed/],
]
for (const [what, marked, message] of mistakes) {
  void t.test(`${what} is underlined where it stands, and nothing else is`, async (t) => {
    const { at, underlined } = await openAt(marked)
    t.equal(underlined.length, 1, JSON.stringify(underlined))
    t.match(underlined[0]?.message, message)
    t.strictSame(underlined[0]?.range.start, at)
    t.ok((underlined[0]?.range.end.character ?? 0) > at.character)
  })
}
