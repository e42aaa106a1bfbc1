import fc from 'fast-check'
import t from 'tap'
import { REPEATED, responseHead } from '../../src/delivery/response-head.ts'

const SENT = `Bearer eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"client_id":"zac"}').toString('base64url')}.c2lnbmF0dXJl`
const BASIC = `Basic ${Buffer.from('bode:pass"word').toString('base64')}`

void t.test('what is kept of any answer is text of at most 2 KB', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
      const head = responseHead(Buffer.from(bytes), [])
      return Buffer.byteLength(head) <= 2_048 && /^[\P{C}\n\t]*$/u.test(head)
    }),
    { numRuns: 300 },
  )
  t.equal(responseHead(Buffer.from('{"fout": "té laat"}\n'), [SENT]), '{"fout": "té laat"}\n')
  t.equal(responseHead(Buffer.from('a\u0000\u001b[31m\u202eb'), []), 'a??[31m?b')
  t.equal(responseHead(Buffer.from('é'.repeat(2_000)), []), 'é'.repeat(1_024))
})

const ECHOES: [string, string, string][] = [
  ['the header', SENT, `you sent ${SENT}`],
  ['the token without its scheme', SENT, `{"token":"${SENT.slice(7)}"}`],
  ['a part of the token', SENT, SENT.split('.')[1] ?? ''],
  ['behind two kilobytes', SENT, `${'x'.repeat(4_000)}${SENT}`],
  ['what Basic packs', BASIC, 'wrong password: pass"word'],
  ['escaped as JSON', BASIC, JSON.stringify({ password: 'pass"word' })],
  ['escaped as in a URL', BASIC, encodeURIComponent('pass"word')],
  ['packed in base64', 'plain-key-of-zac', Buffer.from('plain-key-of-zac').toString('base64')],
]
for (const [name, sent, body] of ECHOES) {
  void t.test(`an answer that repeats ${name} is not kept`, async (t) => {
    t.equal(responseHead(Buffer.from(body), [sent, undefined]), REPEATED)
  })
}
