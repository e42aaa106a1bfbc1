import t from 'tap'
import { authorize, type Rights } from '../../src/autorisaties/authorize.ts'

const known = (scopes: string[], heeftAlleAutorisaties = false): Rights => ({
  kind: 'known',
  heeftAlleAutorisaties,
  scopes,
})
const PUBLISH = ['notificaties.publiceren'] as const
const READ = ['notificaties.consumeren', 'notificaties.publiceren'] as const

void t.test('a client may do what one of its scopes allows', async (t) => {
  t.equal(authorize(PUBLISH, known(['notificaties.publiceren'])), undefined)
  t.equal(authorize(READ, known(['notificaties.publiceren'])), undefined)
  t.equal(authorize(PUBLISH, known([], true)), undefined)
})

void t.test('the refusal names the scope that is missing and those that are there', async (t) => {
  t.match(authorize(PUBLISH, known(['notificaties.consumeren'])), {
    code: 'permission_denied',
    detail: /Nodig is de scope notificaties\.publiceren; deze client heeft alleen notificaties\.consumeren\./,
  })
  t.match(authorize(READ, known([])), {
    detail: /consumeren of notificaties\.publiceren; deze client heeft geen scopes/,
  })
})

void t.test('who nothing is known of is refused, and told why', async (t) => {
  const refusals = (['not-configured', 'no-applicatie', 'unreachable', 'not-authenticated'] as const).map((reason) =>
    authorize(PUBLISH, { kind: 'unknown', reason }),
  )
  t.strictSame(
    refusals.map((refusal) => refusal?.code),
    ['permission_denied', 'permission_denied', 'permission_denied', 'not_authenticated_for_ac'],
  )
  t.equal(new Set(refusals.map((refusal) => refusal?.detail)).size, 4)
})
