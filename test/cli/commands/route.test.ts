import t from 'tap'
import { onEachDatabase } from '../../support/databases.ts'
import { workplace } from '../../support/documents.ts'
import { messageBody } from '../../support/notificatie.ts'

const DOCUMENT = `apiVersion: bode/v1
kind: Configuration
metadata: { name: gemeente }
kanalen:
  zaken: { filters: [bronorganisatie, zaaktype] }
  besluiten: {}
abonnementen:
  alles:
    callbackUrl: https://alles.example.nl/
    auth: { type: no_auth }
    kanalen: [{ naam: zaken }]
  actie:
    callbackUrl: https://actie.example.nl/
    auth: { type: no_auth }
    kanalen: [{ naam: zaken, acties: [update, destroy] }]
  besluiten:
    callbackUrl: https://besluiten.example.nl/
    auth: { type: no_auth }
    kanalen: [{ naam: besluiten }]
  resource:
    callbackUrl: https://resource.example.nl/
    auth: { type: no_auth }
    kanalen: [{ naam: zaken, resources: [zaak] }]
  waarde:
    callbackUrl: https://waarde.example.nl/
    auth: { type: no_auth }
    kanalen:
      - naam: zaken
        filters:
          zaaktype: https://example.nl/1
      - naam: zaken
        acties: [destroy]
`
const KENMERKEN = { bronorganisatie: '517439943', zaaktype: 'https://example.nl/2' }
const MESSAGE = JSON.stringify(messageBody({ kenmerken: KENMERKEN }))

const EXPECTED = `zaken, create of status: 1 of 5 abonnementen gets it

  ✓ gets it   abonnementen.alles
  ✗ does not  abonnementen.actie
      acties wants "update" or "destroy", the message has "create"
  ✗ does not  abonnementen.besluiten
      it has no entry for this kanaal, only for besluiten
  ✗ does not  abonnementen.resource
      resources wants "zaak", the message has "status"
  ✗ does not  abonnementen.waarde
      filter zaaktype wants "https://example.nl/1", the message has "https://example.nl/2" (and neither do its 1 other entries for this kanaal pass)
`

onEachDatabase(t, 'every abonnement is there, with the first reason why not', async (t, url) => {
  const { bode, write } = workplace(t, url, DOCUMENT)
  write(MESSAGE, 'message.json')
  t.equal((await bode(['apply', '--auto-approve'])).exit, 0)
  t.strictSame(await bode(['route', 'message.json'], { environment: { BODE_MASTER_KEY: '' } }), {
    exit: 0,
    stdout: EXPECTED,
    stderr: '',
  })
})

void t.test('of a document, before there is a database: with the line that decides', async (t) => {
  const { bode } = workplace(t, 'file:/nonexistent/bode.db', DOCUMENT)
  const { exit, stdout } = await bode(['route', '-', '-f', 'bode.yaml', '--color', 'never'], { input: MESSAGE })
  t.equal(exit, 0)

  t.equal(stdout.replaceAll(/ {3}bode\.yaml:\d+$/gm, ''), EXPECTED)
  t.match(stdout, /abonnementen\.alles {3}bode\.yaml:8\n/)
  t.match(stdout, /acties wants .* {3}bode\.yaml:15\n/)
  t.match(stdout, /filter zaaktype wants .* {3}bode\.yaml:30\n/)
})

void t.test('as JSON: the message as it would be stored, and every entry that differs', async (t) => {
  const { bode, write } = workplace(t, 'file:/nonexistent/bode.db', DOCUMENT)
  write(MESSAGE, 'message.json')
  const { stdout } = await bode(['route', 'message.json', '-f', '.', '--format', 'json'])
  const { message, routes } = JSON.parse(stdout) as { message: object; routes: Record<string, unknown>[] }
  t.match(message, { kanaal: 'zaken', kenmerken: KENMERKEN })
  t.strictSame(routes[0], {
    address: 'abonnementen.alles',
    owner: 'gemeente',
    callbackUrl: 'https://alles.example.nl/',
    origin: { file: 'bode.yaml', line: 8, column: 3 },
    matched: true,
    entry: 0,
    open: [],
  })
  t.match(routes.at(-1), {
    address: 'abonnementen.waarde',
    matched: false,
    misses: [
      { entry: 0, kind: 'filter', key: 'zaaktype', origin: { line: 30 } },
      { entry: 1, kind: 'actie', got: 'create', origin: { line: 32 } },
    ],
  })
})

void t.test('a filter on a kenmerk that the message does not have is told: it may be a slip', async (t) => {
  const slip = DOCUMENT.replace('naam: zaken }]', 'naam: zaken, filters: { zaaktype: x } }]')
  const { bode, write } = workplace(t, 'file:/nonexistent/bode.db', slip.replace('[bronorganisatie, zaaktype]', '[]'))
  write(JSON.stringify(messageBody({ kenmerken: {} })), 'message.json')
  const { stdout } = await bode(['route', 'message.json', '-f', 'bode.yaml'])
  t.match(stdout, /✓ gets it {3}abonnementen\.alles.*\n {6}the message has no kenmerk "zaaktype", so that filter lets/)
})

onEachDatabase(t, 'a message that the API refuses is refused in its words', async (t, url) => {
  const { bode, write } = workplace(t, url, DOCUMENT)
  await bode(['apply', '--auto-approve'])
  write(JSON.stringify(messageBody({ actie: undefined, kenmerken: 3 })), 'fields.json')
  write(JSON.stringify(messageBody({ kanaal: 'zaak' })), 'kanaal.json')
  write(JSON.stringify(messageBody({ kenmerken: { ander: 'x' } })), 'kenmerken.json')
  write('{"kanaal": "secret', 'broken.json')
  const cases: [string[], number, RegExp][] = [
    [['fields.json'], 3, /error\[message\/required\]: actie: .*[^]*error\[message\/\w+\]: kenmerken: /],
    [['kanaal.json'], 3, /error\[message\/message_kanaal\]: kanaal: Kanaal met deze naam bestaat niet/],
    [['kenmerken.json'], 3, /kenmerken_inconsistent/],
    [['kanaal.json', '-f', 'bode.yaml'], 3, /message_kanaal/],
    [['broken.json'], 3, /broken\.json is not JSON/],
    [['none.json'], 3, /cannot read none\.json: it does not exist/],
    [[], 64, /bode route MESSAGE\.json/],
    [['a', 'b'], 64, /bode route MESSAGE\.json/],
    [['kanaal.json', '-f', 'none.yaml'], 3, /none\.yaml/],
  ]
  for (const [args, exit, message] of cases) {
    const result = await bode(['route', ...args])
    t.match(result, { exit, stderr: message }, args.join(' '))
    t.notMatch(result.stderr, /"secret/)
  }
  const json = await bode(['route', 'kanaal.json', '--format', 'json'])
  t.match(JSON.parse(json.stdout), { invalidParams: [{ name: 'kanaal', code: 'message_kanaal' }] })
  const nowhere = await bode(['route', 'kanaal.json'], { environment: { DATABASE_URL: 'file:/nonexistent/x.db' } })
  t.match(nowhere, { exit: 8, stderr: /bode db migrate/ })
})
