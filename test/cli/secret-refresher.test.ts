import t from 'tap'
import { assertNoLeak, canary } from '../support/canary.ts'
import { onEachDatabase } from '../support/databases.ts'
import { EVERY_KIND, workplace } from '../support/documents.ts'
import { startTestServer, until } from '../support/server.ts'
import { makeToken } from '../support/token.ts'

const BY_CONFIGURATION = EVERY_KIND.replace(
  '  open-zaak:\n',
  '  open-zaak:\n    authorizedBy: configuration\n    scopes: [notificaties.consumeren]\n',
)

onEachDatabase(t, 'a mounted secret that is rotated works without a pipeline', async (t, url) => {
  const { bode, write, environment, folder } = workplace(t, url, BY_CONFIGURATION)
  const applied = await bode(['apply', '--auto-approve'])
  t.equal(applied.exit, 0, applied.stderr)
  const server = await startTestServer(t, { databaseUrl: url, environment, cwd: folder, refreshSecretsMs: 20 })
  const status = async (secret: string): Promise<number> => {
    const authorization = `Bearer ${makeToken({ now: Date.now(), clientId: 'open-zaak', secret })}`
    return (await fetch(`${server.url}/api/v1/kanaal`, { headers: { authorization } })).status
  }
  const rotated = canary('rotated')
  t.equal(await status(rotated), 403)
  write(rotated, 'open-zaak.secret')
  await until(async () => (await status(rotated)) === 200)

  write('', 'open-zaak.secret')
  await server.refreshSecrets()
  await server.refreshSecrets()
  t.equal(await status(rotated), 200, 'an empty file changes nothing')
  const lines = server.logged()
  t.match(
    lines.filter(({ msg }) => msg === 'secrets were read again'),
    [{ generation: 2, objects: ['clientCredentials.open-zaak'] }],
  )
  t.match(
    lines.filter(({ level, reference }) => level === 'warn' && reference !== undefined),
    [{ reference: 'file:open-zaak.secret', reason: /is empty/ }],
    'the warning comes once',
  )
  assertNoLeak(t, JSON.stringify(lines), 'the log')
})
