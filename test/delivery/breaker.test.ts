import fc from 'fast-check'
import t from 'tap'
import { cooldownMs, NEW_BREAKER, recordAttempt, shouldOpen, type Breaker } from '../../src/delivery/breaker.ts'

const NOW = 1_000_000

/** `o` is a success and `x` a failure, one each `everyMs`. */
function after(attempts: string, everyMs = 1): Breaker {
  return attempts
    .split('')
    .reduce((breaker, each, index) => recordAttempt(breaker, each === 'o', NOW + index * everyMs), NEW_BREAKER)
}

const cases: [name: string, breaker: Breaker, opens: boolean][] = [
  ['nothing was tried', after(''), false],
  ['four failures in a row', after('oooxxxx'), false],
  ['five failures in a row', after('oooxxxxx'), true],
  ['five failures in a row, hours apart', after('xxxxx', 7_200_000), true],
  ['a success in between', after('xxxxoxxxx'), false],
  ['half of nineteen', after('xoxoxoxoxoxoxoxoxox'), false],
  ['half of twenty in a minute', after('oxoxoxoxoxoxoxoxoxox'), true],
  ['less than half of twenty', after('ooxoxoxoxoxoxoxoxoxx'.replace('xx', 'ox')), false],
  ['half of twenty, not within a minute', after('oxoxoxoxoxoxoxoxoxox', 10_000), false],
]
for (const [name, breaker, opens] of cases) {
  void t.test(`${name}: ${opens ? 'opens' : 'stays closed'}`, async (t) => t.equal(shouldOpen(breaker), opens))
}

void t.test('it knows since when there are only failures', async (t) => {
  t.equal(after('ooxxx', 10).failingSinceAt, NOW + 20)
  t.equal(after('xxo').failingSinceAt, undefined)
})

void t.test('what it keeps is bounded, however much is tried', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: -5_000, max: 90_000 })), { maxLength: 200 }),
      (steps) => {
        let [breaker, now] = [NEW_BREAKER, NOW]
        for (const [succeeded, ms] of steps) {
          now += ms
          breaker = recordAttempt(breaker, succeeded, now)
          if (breaker.slices.length > 13) return false
          if (breaker.slices.some((slice) => slice.failed > slice.tried)) return false
        }
        return true
      },
    ),
  )
  t.pass('at most a slice for each five seconds of a minute')
})

void t.test('a quarter of the outage, five seconds to five minutes', async (t) => {
  const failedFor = [0, 10_000, 60_000, 600_000, 86_400_000]
  t.strictSame(
    failedFor.map((ms) => cooldownMs(NOW, NOW + ms)),
    [5_000, 5_000, 15_000, 150_000, 300_000],
  )
})

void t.test('a cooldown is whole milliseconds, as a database takes them, however long it lasted', async (t) => {
  fc.assert(fc.property(fc.nat({ max: 2_000_000 }), (ms) => Number.isInteger(cooldownMs(NOW, NOW + ms))))
  t.pass('up to half an hour')
})
