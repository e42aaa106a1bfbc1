import t from 'tap'
import { ProvenTokens, type Proof } from '../../src/autorisaties/proven-tokens.ts'
import { snapshotOf } from '../support/snapshot.ts'

const SNAPSHOT = snapshotOf()
const proofWith = (expiresAt: number | null): Proof =>
  ({ header: {}, payload: {}, client: {}, secret: { expiresAt } }) as unknown as Proof

void t.test('what is known of a token is known under its own snapshot only', async (t) => {
  const proven = new ProvenTokens()
  const proof = proofWith(null)
  proven.add('token', SNAPSHOT, proof)
  t.equal(proven.find('token', SNAPSHOT, 1), proof)
  t.equal(proven.find('another', SNAPSHOT, 1), undefined)
  const next = snapshotOf()
  t.equal(proven.find('token', next, 1), undefined)
  proven.add('another', next, proof)
  t.equal(proven.find('token', next, 1), undefined, 'what belonged to the one before is gone')
})

void t.test('a secret that has ended proves nothing more', async (t) => {
  const proven = new ProvenTokens()
  proven.add('token', SNAPSHOT, proofWith(100))
  t.ok(proven.find('token', SNAPSHOT, 99))
  t.equal(proven.find('token', SNAPSHOT, 100), undefined)
})

void t.test('it remembers a thousand tokens at most', async (t) => {
  const proven = new ProvenTokens()
  for (let number = 0; number <= 1_000; number += 1) proven.add(`token ${number}`, SNAPSHOT, proofWith(null))
  const known = Array.from({ length: 1_001 }, (_, number) => proven.find(`token ${number}`, SNAPSHOT, 1))
  t.ok(known.at(-1), 'the newest')
  t.ok(known.filter((proof) => proof !== undefined).length <= 1_000)
})
