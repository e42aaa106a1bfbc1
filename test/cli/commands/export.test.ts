import t from 'tap'
import { onEachDatabase } from '../../support/databases.ts'
import { EVERY_KIND, workplace } from '../../support/documents.ts'

onEachDatabase(t, 'what was exported plans to no change', async (t, url) => {
  const { bode, write } = workplace(t, url)
  await bode(['apply', '--auto-approve'])
  const { exit, stdout } = await bode(['export'])
  t.equal(exit, 0)
  t.match(stdout, /uuid: [0-9a-f-]{36}/, 'the uuid of an abonnement is always written')
  t.match(stdout, /env: AC_SECRET/)
  write(stdout)
  t.match(await bode(['plan', '--detailed-exitcode']), {
    exit: 0,
    stdout: 'No changes. 7 objects match generation 1.\n',
  })
  t.match(JSON.parse((await bode(['export', '--format', 'json'])).stdout), { owner: 'gemeente', yaml: stdout })
})

onEachDatabase(t, 'with several configurations one is chosen', async (t, url) => {
  const { bode, write } = workplace(t, url)
  t.match(await bode(['export']), { exit: 3, stderr: /nothing to export/ })
  await bode(['apply', '--auto-approve'])
  const [head] = EVERY_KIND.split('autorisaties:')
  write(`${head?.replace('gemeente', 'tweede')}kanalen:\n  besluiten: {}\n`)
  t.equal((await bode(['apply', '--auto-approve'])).exit, 0)
  t.match(await bode(['export']), { exit: 64, stderr: /gemeente, tweede.*--owner/ })
  t.match(await bode(['export', '--owner', 'tweede']), { exit: 0, stdout: /name: tweede[^]*besluiten/ })
  t.match(await bode(['export', '--owner', 'tweedde']), { exit: 3, stderr: /no configuration "tweedde".*tweede/ })
})

onEachDatabase(t, 'protection, clients and the environment are exported too', async (t, url) => {
  const document = EVERY_KIND.replace('name: gemeente', 'name: gemeente\n  environment: test')
    .replace('  zaken:\n', '  zaken:\n    protected: true\n')
    .replace('  zac:\n', '  zac:\n    owner: { clientId: open-zaak }\n    clientMay: [auth, kanalen]\n')
  const { bode, write } = workplace(t, url, document)
  t.equal((await bode(['apply', '--auto-approve'])).exit, 0)
  const { stdout } = await bode(['export'])
  t.match(stdout, /environment: test[^]*protected: true[^]*owner:\n? *\{? *clientId: open-zaak[^]*clientMay/)
  t.equal((await bode(['show', '1', '--yaml'])).stdout, stdout)
  write(stdout)
  t.match(await bode(['plan', '--detailed-exitcode']), { exit: 0, stdout: /^No changes/ })
})
