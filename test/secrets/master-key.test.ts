import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { demandSameKey, sealKeyCheck } from '../../src/secrets/key-check.ts'
import { loadMasterKey, newMasterKey } from '../../src/secrets/master-key.ts'

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
