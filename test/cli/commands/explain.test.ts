import t from 'tap'
import { runCli } from '../../support/cli.ts'

const explain = async (...path: string[]) => runCli(['explain', ...path])

void t.test('without a path the sections of the document are listed', async (t) => {
  const { exit, stdout } = await explain()
  t.equal(exit, 0)
  for (const section of ['metadata', 'clientCredentials', 'abonnementen', 'egress', 'publicUrl']) {
    t.match(stdout, new RegExp(`^ {2}${section} +\\S`, 'm'))
  }
})

void t.test('a path shows what it is for, what it takes, its default and what comes below', async (t) => {
  t.match(
    (await explain('clientCredentials.*.secret')).stdout,
    /secret, required[^]*env: OPEN_ZAAK_SECRET[^]*NAME_FILE/,
  )
  t.match((await explain('tokens.maxAge')).stdout, /Default +1h/)
  t.match((await explain('callbacks.probe')).stdout, /strict, reachable, off/)
  const { stdout } = await explain('abonnementen.zac.kanalen')
  t.match(stdout, /naam +Naam \(text, required\)/)
})

void t.test('names of a document, positions in a list and forms that type decides do as steps', async (t) => {
  for (const [path, normal] of [
    ['clientCredentials.open-zaak.secret', 'clientCredentials.*.secret'],
    ['abonnementen.zac.kanalen.0.acties', 'abonnementen.*.kanalen.*.acties'],
    ['abonnementen.zac.kanalen[].acties', 'abonnementen.*.kanalen.*.acties'],
    ['abonnementen.zac.kanalen.acties', 'abonnementen.*.kanalen.*.acties'],
    ['autorisaties.apiRoot', 'autorisaties.apiRoot'],
    ['autorisaties.open-zaak.apiRoot', 'autorisaties.*.apiRoot'],
    ['abonnementen.zac.auth.tokenUrl', 'abonnementen.*.auth.tokenUrl'],
    ['abonnementen.zac.auth.api_key.value', 'abonnementen.*.auth.api_key.value'],
  ] as const) {
    const { stdout } = await runCli(['explain', path, '--format', 'json'])
    t.equal((JSON.parse(stdout) as { path: string }).path, normal, path)
  }
})

void t.test('auth shows its choices, and each choice its own keys', async (t) => {
  const { stdout } = await explain('abonnementen.*.auth')
  t.match(stdout, /type +Type \(no_auth, api_key, zgw, oauth2_client_credentials, required\)/)
  t.notMatch(stdout, /tokenUrl/)
  t.match((await explain('abonnementen.*.auth.oauth2_client_credentials')).stdout, /tokenUrl +Token URL/)
})

const unknown: [string, RegExp][] = [
  ['clientCredentals', /the document has no key "clientCredentals", did you mean "clientCredentials"\?/],
  ['tokens.maxage', /tokens has no key "maxage", did you mean "maxAge"\? it has: maxAge, leeway, maxFutureIat/],
  ['tokens.maxAge.more', /tokens\.maxAge has no keys, so there is no "more" below it/],
]
for (const [path, message] of unknown) {
  void t.test(`${path} is unknown: exit 3 with what there is`, async (t) => {
    t.match(await explain(path), { exit: 3, stdout: '', stderr: message })
  })
}

void t.test('one path at a time', async (t) => {
  t.match(await explain('kanalen', 'abonnementen'), { exit: 64, stderr: /one path at a time/ })
})

void t.test('every key that is listed can be explained, all the way down', async (t) => {
  const walk = async (path: string, depth: number): Promise<void> => {
    const { exit, stdout, stderr } = await runCli(['explain', ...(path === '' ? [] : [path]), '--format', 'json'])
    if (exit !== 0) return void t.fail(`${path}: ${stderr}`)
    const { keys, title } = JSON.parse(stdout) as { keys: { key: string }[]; title: string }
    if (title === '') t.fail(`${path} has no title`)
    if (depth < 8) for (const { key } of keys) await walk(path === '' ? key : `${path}.${key}`, depth + 1)
  }
  await walk('', 0)
})
