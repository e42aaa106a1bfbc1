import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Secret } from '../../src/common/secret.ts'
import { demandSameKey, keyInUse, sealKeyCheck } from '../../src/secrets/key-check.ts'
import { loadMasterKey, newMasterKey } from '../../src/secrets/master-key.ts'
import { seal, unseal } from '../../src/secrets/sealing.ts'

void t.test('a new key loads, from the variable and from a file', async (t) => {
  const text = newMasterKey()
  const file = join(t.testdir({}), 'master.key')
  writeFileSync(file, `${text}\n`)
  const direct = loadMasterKey({ BODE_MASTER_KEY: text })
  t.equal(loadMasterKey({ BODE_MASTER_KEY_FILE: file }).id, direct.id)
  t.not(loadMasterKey({ BODE_MASTER_KEY: newMasterKey() }).id, direct.id)
  t.notOk(direct.encryption.equals(direct.fingerprint))
})

const REFUSED: Record<string, Record<string, string>> = {
  'no key at all': {},
  'an empty key': { BODE_MASTER_KEY: '' },
  'a short key': { BODE_MASTER_KEY: Buffer.alloc(31, 'abcdefghijklmnop').toString('base64url') },
  'a long key': { BODE_MASTER_KEY: `${newMasterKey()}AAAA` },
  'a password': { BODE_MASTER_KEY: 'correct horse battery staple, forty-three c' },
  'a key that repeats itself': { BODE_MASTER_KEY: Buffer.alloc(32, 'ab').toString('base64url') },
  'a file that is not there': { BODE_MASTER_KEY_FILE: '/nowhere/master.key' },
  'both a key and a file': { BODE_MASTER_KEY: newMasterKey(), BODE_MASTER_KEY_FILE: '/nowhere' },
}
for (const [name, environment] of Object.entries(REFUSED)) {
  void t.test(`${name} is Failure secret, without the key in the message`, async (t) => {
    const error = t.throws(() => loadMasterKey(environment), { name: 'Failure', kind: 'secret' }) as Error
    if (environment['BODE_MASTER_KEY']) t.notMatch(error.message, environment['BODE_MASTER_KEY'])
  })
}

void t.test('the missing key names the command that makes one', async (t) => {
  t.throws(() => loadMasterKey({}), { message: /bode secrets key --write FILE/ })
})

void t.test('a database knows the key of its first apply', async (t) => {
  const [first, other] = [newMasterKey(), newMasterKey()].map((text) => loadMasterKey({ BODE_MASTER_KEY: text }))
  if (first === undefined || other === undefined) throw new Error('two keys')
  demandSameKey(other, undefined)
  demandSameKey(first, sealKeyCheck(first))
  t.throws(() => demandSameKey(other, sealKeyCheck(first)), {
    name: 'Failure',
    kind: 'secret',
    message: new RegExp(`${other.id}.*${first.id}`),
  })
  t.throws(() => demandSameKey(first, 'damaged'), { name: 'Failure', kind: 'secret' })
})

void t.test(
  'with the key before it, a key opens what either sealed, and knows which one a database uses',
  async (t) => {
    const [oldText, newText] = [newMasterKey(), newMasterKey()]
    const old = loadMasterKey({ BODE_MASTER_KEY: oldText })
    const both = loadMasterKey({ BODE_MASTER_KEY: newText, BODE_PREVIOUS_MASTER_KEY: oldText })
    const place = { objectId: 'a', kind: 'b', field: 'c', slot: 'd' }
    for (const key of [old, both]) t.equal(unseal(both, seal(key, new Secret('x'), place), place).reveal(), 'x')
    t.throws(() => unseal(old, seal(both, new Secret('x'), place), place), { name: 'Failure', kind: 'secret' })
    t.equal(keyInUse(both, undefined).id, both.id)
    t.equal(keyInUse(both, sealKeyCheck(both)).id, both.id)
    t.equal(keyInUse(both, sealKeyCheck(old)).id, old.id)
    t.throws(() => keyInUse(both, sealKeyCheck(loadMasterKey({ BODE_MASTER_KEY: newMasterKey() }))), {
      kind: 'secret',
      message: new RegExp(`${both.id} and ${old.id}`),
    })
    t.equal(loadMasterKey({ BODE_MASTER_KEY: newText, BODE_PREVIOUS_MASTER_KEY: newText }).previous, undefined)
    t.throws(() => loadMasterKey({ BODE_MASTER_KEY: newText, BODE_PREVIOUS_MASTER_KEY: 'short' }), {
      kind: 'secret',
      message: /the previous master key is not 32 bytes/,
    })
  },
)
