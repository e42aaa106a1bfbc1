import fc from 'fast-check'
import t from 'tap'
import { Secret } from '../../src/common/secret.ts'
import { fingerprint, shownFingerprint } from '../../src/secrets/fingerprint.ts'
import { loadMasterKey, newMasterKey } from '../../src/secrets/master-key.ts'
import type { Place } from '../../src/secrets/place.ts'
import { seal, unseal } from '../../src/secrets/sealing.ts'

const key = loadMasterKey({ BODE_MASTER_KEY: newMasterKey() })
const otherKey = loadMasterKey({ BODE_MASTER_KEY: newMasterKey() })

const text = fc.string({ unit: 'grapheme' })
const place: fc.Arbitrary<Place> = fc.record({ objectId: text, kind: text, field: text, slot: text })
const samePlace = (a: Place, b: Place): boolean => JSON.stringify(a) === JSON.stringify(b)

void t.test('what was sealed opens again at its place, with its key', async () => {
  fc.assert(
    fc.property(text, place, (value, where) => {
      return unseal(key, seal(key, new Secret(value), where), where).reveal() === value
    }),
  )
})

void t.test('at no other place', async (t) => {
  fc.assert(
    fc.property(text, place, place, (value, here, there) => {
      fc.pre(!samePlace(here, there))
      const sealed = seal(key, new Secret(value), here)
      t.throws(() => unseal(key, sealed, there), { name: 'Failure', kind: 'secret' })
    }),
  )
})

void t.test('with no other key, and not when a character was changed', async (t) => {
  const where = { objectId: 'a', kind: 'b', field: 'c', slot: 'd' }
  const sealed = seal(key, new Secret('a secret value'), where)
  t.throws(() => unseal(otherKey, sealed, where), {
    kind: 'secret',
    message: new RegExp(`${key.id}; this one is ${otherKey.id}`),
  })
  fc.assert(
    fc.property(
      fc.nat({ max: sealed.length - 1 }),
      fc.constantFrom('A', 'a', '0', '-', '_', '.'),
      (index, character) => {
        const altered = sealed.slice(0, index) + character + sealed.slice(index + 1)
        // The last character of a base64url part may hold unused bits: such a change alters nothing.
        const bytes = (each: string) => each.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'))
        fc.pre(bytes(altered).join('.') !== bytes(sealed).join('.'))
        t.throws(() => unseal(key, altered, where), { name: 'Failure', kind: 'secret' })
      },
    ),
  )
})

void t.test('sealing twice gives different text that does not hold the value', async (t) => {
  const where = { objectId: 'a', kind: 'b', field: 'c', slot: 'd' }
  const [one, two] = [seal(key, new Secret('canary'), where), seal(key, new Secret('canary'), where)]
  t.not(one, two)
  t.match(one, new RegExp(`^v1\\.${key.id}\\.[\\w-]{16}\\.[\\w-]{22}\\.[\\w-]+$`))
  t.notMatch(one, Buffer.from('canary').toString('base64url'))
})

void t.test('a fingerprint is the same for the same value, place and key only', async () => {
  fc.assert(
    fc.property(text, text, place, place, (a, b, here, there) => {
      const print = fingerprint(key, new Secret(a), here)
      return (
        /^[0-9a-f]{64}$/.test(print) &&
        print === fingerprint(key, new Secret(a), { ...here }) &&
        (print === fingerprint(key, new Secret(b), here)) === (a === b) &&
        (print === fingerprint(key, new Secret(a), there)) === samePlace(here, there) &&
        print !== fingerprint(otherKey, new Secret(a), here)
      )
    }),
  )
})

void t.test('eight digits of it are shown', async (t) => {
  t.equal(shownFingerprint('0123456789abcdef'), '01234567')
})
