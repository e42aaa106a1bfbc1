import t from 'tap'
import { fingerprintKeyCheck, planningKey, sealKeyCheck } from '../../src/secrets/key-check.ts'
import {
  fingerprintKeyText,
  isMasterKey,
  loadMasterKey,
  loadPlanningKey,
  newMasterKey,
} from '../../src/secrets/master-key.ts'
import { isMessageCode, messageCode } from '../../src/secrets/message-code.ts'

const MASTER = newMasterKey()
const master = loadMasterKey({ BODE_MASTER_KEY: MASTER })
const FINGERPRINT = fingerprintKeyText(master)
const only = loadPlanningKey({ BODE_FINGERPRINT_KEY: FINGERPRINT })

void t.test('the fingerprint key of a master key is the same key, and seals nothing', async (t) => {
  t.notOk(isMasterKey(only))
  t.strictSame(Object.keys(only), ['fingerprint'])
  t.equal(fingerprintKeyCheck(only), fingerprintKeyCheck(master))
  t.ok(
    isMasterKey(loadPlanningKey({ BODE_MASTER_KEY: MASTER, BODE_FINGERPRINT_KEY: FINGERPRINT })),
    'the master key wins',
  )
})

void t.test('a key that is no key is refused with what to do', async (t) => {
  const cases: [Record<string, string>, RegExp][] = [
    [{}, /^no master key: make one with: bode secrets key/],
    [{ BODE_FINGERPRINT_KEY: 'short' }, /^the fingerprint key is not 32 bytes in base64url/],
    [{ BODE_FINGERPRINT_KEY: 'A'.repeat(43) }, /^the fingerprint key is weak/],
    [{ BODE_FINGERPRINT_KEY_FILE: '/none' }, /^no fingerprint key: cannot read the file/],
  ]
  for (const [environment, message] of cases) {
    t.throws(() => loadPlanningKey(environment), { name: 'Failure', kind: 'secret', message })
  }
})

void t.test('a database knows its keys again', async (t) => {
  const checks = { master: sealKeyCheck(master), fingerprint: fingerprintKeyCheck(master) }
  t.equal(planningKey(only, checks), only)
  t.equal(planningKey(master, checks), master)
  t.equal(planningKey(only, { master: checks.master, fingerprint: undefined }), only, 'made by an older version')
  const other = loadPlanningKey({ BODE_FINGERPRINT_KEY: newMasterKey() })
  t.throws(() => planningKey(other, checks), {
    name: 'Failure',
    kind: 'secret',
    message: /bode secrets key --fingerprint/,
  })
})

void t.test('a message code is for one text, one purpose and one key', async (t) => {
  const code = messageCode(only, 'plan', 'text')
  t.match(code, /^[0-9a-f]{64}$/)
  t.ok(isMessageCode(master, 'plan', 'text', code))
  t.notOk(isMessageCode(only, 'plan', 'texts', code))
  t.notOk(isMessageCode(only, 'other', 'text', code))
  t.notOk(isMessageCode(only, 'plan', 'text', ''))
  t.notOk(isMessageCode(loadPlanningKey({ BODE_FINGERPRINT_KEY: newMasterKey() }), 'plan', 'text', code))
})
