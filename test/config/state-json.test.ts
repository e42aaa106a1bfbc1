import t from 'tap'
import { stateFromJson, stateToJson, type StateJson } from '../../src/config/state-json.ts'
import { stateOf } from '../support/configuration.ts'
import { EVERY_KIND } from '../support/documents.ts'

const BODY = EVERY_KIND.slice(EVERY_KIND.indexOf('autorisaties:'))
const MOVED = 'moved: [{ kind: abonnement, from: old, to: zac }]\n'

void t.test('a state survives the way through JSON', async (t) => {
  const state = await stateOf(BODY + MOVED)
  const back = stateFromJson(JSON.parse(JSON.stringify(stateToJson(state))) as StateJson)
  t.strictSame(back, state)
  t.equal(back.objects.length, 7)
  t.match(back.moved, [{ from: 'old' }])
  t.ok(back.declared.has('kanalen'))
})

void t.test('a literal secret is not written', async (t) => {
  const state = await stateOf(BODY)
  for (const secret of state.objects.flatMap((object) => object.secrets)) {
    secret.reference = { insecureLiteral: 'do not show' }
  }
  t.throws(() => stateToJson(state), { name: 'Failure', message: /externalCredentials\.ac .* is a literal/ })
  t.throws(() => stateToJson(state), { message: /^((?!do not show).)*$/ })
})
