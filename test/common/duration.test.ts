import fc from 'fast-check'
import t from 'tap'
import { compareDurations, formatDuration, parseDuration } from '../../src/common/duration.ts'

const cases: [string, number | undefined][] = [
  ['250ms', 250],
  ['10s', 10_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['30d', 2_592_000_000],
  ['52000s', 52_000_000],
  ['0s', 0],
  ['10', undefined],
  ['-1s', undefined],
  ['1.5s', undefined],
  ['1 s', undefined],
  ['1h30m', undefined],
  ['PT1H', undefined],
  ['', undefined],
  ['999999999999d', undefined],
]
for (const [text, ms] of cases) {
  void t.test(`${JSON.stringify(text)} is ${ms === undefined ? 'no duration' : `${ms} ms`}`, async (t) => {
    t.equal(parseDuration(text), ms)
  })
}

void t.test('what is formatted is read back, and takes the largest unit that fits', async (t) => {
  fc.assert(fc.property(fc.nat({ max: 10_000_000_000 }), (ms) => parseDuration(formatDuration(ms)) === ms))
  t.equal(formatDuration(86_400_000), '1d')
  t.equal(formatDuration(90_000), '90s')
  t.equal(formatDuration(0), '0s')
})

void t.test('durations are compared by length, not as text', async (t) => {
  t.ok(compareDurations('9s', '10s') < 0)
  t.ok(compareDurations('1h', '59m') > 0)
  t.equal(compareDurations('60s', '1m'), 0)
  t.equal(compareDurations('none', '0s'), 0)
})
