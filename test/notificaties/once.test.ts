import fc from 'fast-check'
import t from 'tap'
import type { IdempotencyKey, RememberedKey } from '../../src/db/idempotency-keys.ts'
import { identify, onceOf } from '../../src/notificaties/once.ts'

const few = (...values: string[]): fc.Arbitrary<string> => fc.constantFrom(...values)
const key: fc.Arbitrary<IdempotencyKey> = fc.record({
  clientId: few('a', 'b'),
  key: few('k', 'l', 'm'),
  bodyHash: few('x', 'y'),
})

void t.test('a batch is handled as its publications one after the other would be', async (t) => {
  const publications = fc.array(fc.option(key, { nil: undefined }), { maxLength: 12 })
  const remembered = fc.uniqueArray(key, { selector: (one) => `${one.clientId} ${one.key}`, maxLength: 4 })
  fc.assert(
    fc.property(publications, remembered, (keys, earlier) => {
      const batch = keys.map((once, index) => ({ id: `n${index}`, once }))
      const memory = earlier.map((one, index): RememberedKey => ({ ...one, notificatieId: `r${index}` }))
      const { fresh, identities } = identify(batch, memory)
      t.strictSame({ fresh, identities }, oneAfterTheOther(batch, memory))
    }),
  )
})

type Publication = { id: string; once: IdempotencyKey | undefined }

function oneAfterTheOther(batch: Publication[], memory: RememberedKey[]): ReturnType<typeof identify<Publication>> {
  const fresh: Publication[] = []
  const all = [...memory]
  const identities = batch.map(({ id, once }) => {
    const earlier = all.find((known) => known.clientId === once?.clientId && known.key === once.key)
    if (earlier !== undefined)
      return earlier.bodyHash === once?.bodyHash ? { id: earlier.notificatieId, repeated: true } : undefined
    fresh.push({ id, once })
    if (once !== undefined) all.push({ ...once, notificatieId: id })
    return { id, repeated: false }
  })
  return { fresh, identities }
}

void t.test('the same content is the same publication, whatever the order of its members', async (t) => {
  t.strictSame(onceOf('k', 'c', { a: 1, b: { c: 2, d: 3 } }), onceOf('k', 'c', { b: { d: 3, c: 2 }, a: 1 }))
  t.not(onceOf('k', 'c', { a: 1 })?.bodyHash, onceOf('k', 'c', { a: '1' })?.bodyHash)
  t.equal(onceOf(undefined, 'c', {}), undefined)
})
