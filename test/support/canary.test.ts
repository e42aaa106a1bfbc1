import t from 'tap'
import { canary, leakIn } from './canary.ts'

void t.test('a leaked secret is found in plain text, base64 and URLs, at every alignment', async (t) => {
  for (const before of ['', 'a', 'ab', 'abc', 'abcd']) {
    const text = `${before}${canary('here')}`
    t.ok(leakIn(`log: ${text}`))
    t.ok(leakIn(Buffer.from(text).toString('base64')))
    t.ok(leakIn(Buffer.from(text).toString('base64url')))
    t.ok(leakIn(encodeURIComponent(text)))
    t.ok(leakIn(Buffer.from(text)))
  }
  t.equal(leakIn('nothing to see'), undefined)
})
