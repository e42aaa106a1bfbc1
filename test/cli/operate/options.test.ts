import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { operateOptions } from '../../../src/cli/operate/options.ts'

const TOKEN = 'a-token-of-an-operator-of-32-bytes'

void t.test("without a port there is no operators' API", async (t) => {
  t.equal(operateOptions({}), undefined)
  t.equal(operateOptions({ BODE_OPERATE_PORT: '', BODE_OPERATE_TOKEN: TOKEN }), undefined)
})

void t.test('it listens on this machine only, unless told otherwise', async (t) => {
  const environment = { BODE_OPERATE_PORT: '8081', BODE_OPERATE_TOKEN: TOKEN }
  t.match(operateOptions(environment), {
    host: '127.0.0.1',
    port: 8081,
    secretsDirs: ['/run/secrets', '/etc/bode/secrets'],
  })
  const given = { BODE_OPERATE_HOST: '0.0.0.0', BODE_SECRETS_DIRS: '/a::/b' }
  t.match(operateOptions({ ...environment, ...given }), { host: '0.0.0.0', secretsDirs: ['/a', '/b'] })
  const file = join(t.testdir({}), 'token')
  writeFileSync(file, `${TOKEN}\n`)
  t.equal(operateOptions({ BODE_OPERATE_PORT: '0', BODE_OPERATE_TOKEN_FILE: file })?.token.reveal(), TOKEN)
})

void t.test('a token that is missing or weak is exit 4, with the command that makes one', async (t) => {
  const cases = [
    {},
    { BODE_OPERATE_TOKEN: '' },
    { BODE_OPERATE_TOKEN: 'x'.repeat(31) },
    { BODE_OPERATE_TOKEN: `${TOKEN} and more` },
    { BODE_OPERATE_TOKEN_FILE: '/nowhere/at/all' },
  ]
  for (const environment of cases) {
    t.throws(
      () => operateOptions({ BODE_OPERATE_PORT: '8081', ...environment }),
      { name: 'Failure', kind: 'secret', message: /openssl rand|cannot read/ },
      JSON.stringify(environment),
    )
  }
  t.throws(() => operateOptions({ BODE_OPERATE_PORT: '81x' }), { name: 'Failure', kind: 'invalid' })
})
