import t from 'tap'
import { canary, leakIn } from './canary.ts'

void t.test('a leaked secret is found in plain text, base64 and URLs, at every alignment', async (t) => {
  for (const before of ['', 'a', 'ab', 'abc', 'abcd']) {
    const text = `${before}${canary('here')}`
    t.ok(leakIn(`log: ${text}`))
    t.ok(leakIn(Buffer.from(text).toString('base64')))
    t.ok(leakIn(Buffer.from(text).toString('base64url')))
    t.ok(leakIn(encodeURIComponent(text)))
    t.ok(leakIn(JSON.stringify(`"${text}"\n`)))
    t.ok(leakIn(Buffer.from(text)))
    t.ok(leakIn(Buffer.from(text).toString('hex')))
    t.ok(leakIn(Buffer.from(text).toString('hex').toUpperCase()))
    t.ok(leakIn(Buffer.from(text, 'utf16le')))
    t.ok(leakIn(JSON.stringify(text).replaceAll(/\w/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)))
    t.ok(leakIn(text.replaceAll(/./g, (c) => `%${c.charCodeAt(0).toString(16)}`)))
  }
  t.equal(leakIn('nothing to see'), undefined)
})
