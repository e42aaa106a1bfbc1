import fc from 'fast-check'
import t from 'tap'
import { formatTraceparent, parseTraceparent } from '../../src/common/traceparent.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

void t.test('what the standard calls right is read', async (t) => {
  const cases: [text: string, flags: number][] = [
    [`00-${TRACE}-${SPAN}-01`, 1],
    [`00-${TRACE}-${SPAN}-00`, 0],
    [`00-${TRACE}-${SPAN}-fe`, 0],
    [`cc-${TRACE}-${SPAN}-03`, 1],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, 1],
  ]
  for (const [text, flags] of cases) t.strictSame(parseTraceparent(text), { traceId: TRACE, spanId: SPAN, flags }, text)
})

void t.test('everything else is none', async (t) => {
  for (const text of [
    '',
    TRACE,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01 `,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `cc-${TRACE}-${SPAN}-01.more`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
  ]) {
    t.equal(parseTraceparent(text), undefined, JSON.stringify(text))
  }
})

void t.test('what is written is read as it was, and no text breaks it', async () => {
  const hex = (length: number) =>
    fc
      .array(fc.constantFrom(...'0123456789abcdef'.split('')), { minLength: length, maxLength: length })
      .map((digits) => digits.join(''))
      .filter((text) => !/^0+$/.test(text))
  fc.assert(
    fc.property(hex(32), hex(16), fc.constantFrom(0, 1), (traceId, spanId, flags) => {
      const text = formatTraceparent({ traceId, spanId, flags })
      return JSON.stringify(parseTraceparent(text)) === JSON.stringify({ traceId, spanId, flags })
    }),
  )
  fc.assert(fc.property(fc.string({ maxLength: 80 }), (text) => parseTraceparent(text) === undefined))
})
