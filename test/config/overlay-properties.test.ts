// What an overlay does to a document, over documents and patches of chance.
import fc from 'fast-check'
import t from 'tap'
import { readSources } from '../../src/config/read-sources.ts'
import { sourceOf } from '../../src/config/source.ts'
import type { Tree } from '../../src/config/tree.ts'
import { essence, HEADER, overlay } from '../support/configuration.ts'

const BASE = `${HEADER}kanalen: { zaken: { filters: [zaaktype] }, documenten: {} }
clientCredentials: { zac: { secret: { file: /run/zac }, authorizedBy: configuration, scopes: [notificaties.consumeren] } }
tokens: { maxAge: 1h, leeway: 5s }
`

type Json = string | number | null | Json[] | { [key: string]: Json }

void t.test('a patch does what RFC 7386 says, and the order of files makes no difference', async (t) => {
  const scalar = fc.constantFrom<Json>('a', 'b')
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.constant(null),
      fc.array(scalar, { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('p', 'q', 'r'), tie('value'), { maxKeys: 3 }),
    ),
  }))
  const map = fc.dictionary(fc.constantFrom('p', 'q', 'r'), value, { maxKeys: 3 })
  fc.assert(
    fc.property(map, map, fc.boolean(), (target, patch, first) => {
      const base = sourceOf('bode.yaml', `${HEADER}x-data: ${JSON.stringify(target)}`)
      const over = sourceOf('a.yaml', overlay('a', `x-data: ${JSON.stringify(patch)}`))
      const { states, documents } = readSources(first ? [over, base] : [base, over], { environment: {}, env: 'a' })
      t.equal(states.length, 1)
      t.strictSame(
        plain(documents[0]!.root.entries.get('x-data')!.value),
        JSON.parse(JSON.stringify(rfc7386(target, patch))),
      )
    }),
  )
})

void t.test('neither the order of overlays nor their division over files changes the outcome', async (t) => {
  const pieces = [
    'publicUrl: https://a/',
    'kanalen: { zaken: { filters: [b] } }',
    'kanalen: { documenten: null }',
    'tokens: { leeway: 1s }',
  ]
  const whole = readSources(
    [sourceOf('bode.yaml', BASE), ...pieces.map((piece, i) => sourceOf(`${i}.yaml`, overlay('a', piece)))],
    { environment: {}, env: 'a' },
  )
  fc.assert(
    fc.property(fc.shuffledSubarray(pieces, { minLength: 4 }), fc.nat(4), (shuffled, at) => {
      const sources = shuffled.map((piece, i) => sourceOf(`${i}.yaml`, overlay('a', piece)))
      sources.splice(at, 0, sourceOf('bode.yaml', BASE))
      const { states, diagnostics } = readSources(sources, { environment: {}, env: 'a' })
      t.strictSame(diagnostics, [])
      t.strictSame(states.map(essence), whole.states.map(essence))
    }),
    { numRuns: 30 },
  )
})

function rfc7386(target: Json, patch: Json): Json {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch
  const result = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = rfc7386(result[key] ?? {}, value)
  }
  return result
}

function plain(node: Tree): Json {
  if (node.kind === 'scalar') return node.value as Json
  if (node.kind === 'list') return node.items.map(plain)
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]))
}
