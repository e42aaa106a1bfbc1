import fc from 'fast-check'
import t from 'tap'
import { DEFAULT_SETTINGS } from '../../src/common/model.ts'
import { JITTER, MAX_RETRY_AFTER_MS, retryAfterAt, retryDelayMs } from '../../src/delivery/retry.ts'

const { retry } = DEFAULT_SETTINGS.delivery
const NOW = Date.UTC(2026, 10, 23, 9, 0, 0)
const middle = (): number => 0.5

void t.test('the default schedule is that of Open Notificaties: about a day', async (t) => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => retryDelayMs(attempt, retry, middle))
  t.strictSame(delays, [25_000, 100_000, 400_000, 1_600_000, 6_400_000, 25_600_000, 52_000_000, undefined])
})

void t.test('zero retries means that the first failure is the last', async (t) => {
  t.equal(retryDelayMs(1, { ...retry, maxRetries: 0 }, middle), undefined)
})

void t.test('a delay is within the jitter of the capped schedule, for any schedule', async () => {
  const schedules = fc.record({
    maxRetries: fc.integer({ min: 0, max: 50 }),
    backoffMs: fc.integer({ min: 0, max: 1_000_000 }),
    baseFactor: fc.integer({ min: 1, max: 10 }),
    backoffMaxMs: fc.integer({ min: 0, max: 100_000_000 }),
  })
  const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(schedules, fc.integer({ min: 1, max: 60 }), randoms, (schedule, attempt, random) => {
      const delay = retryDelayMs(attempt, schedule, () => random)
      if (attempt > schedule.maxRetries) return delay === undefined
      const plain = Math.min(schedule.backoffMs * schedule.baseFactor ** (attempt - 1), schedule.backoffMaxMs)
      return (
        delay !== undefined &&
        Number.isInteger(delay) &&
        delay >= Math.floor(plain * (1 - JITTER)) &&
        delay <= Math.ceil(plain * (1 + JITTER))
      )
    }),
  )
})

const headers: [string | undefined, number | undefined][] = [
  [undefined, undefined],
  ['0', NOW],
  ['120', NOW + 120_000],
  [' 7 ', NOW + 7_000],
  ['Mon, 23 Nov 2026 09:00:30 GMT', NOW + 30_000],
  ['Mon, 23 Nov 2026 08:00:00 GMT', NOW - 3_600_000],
  ['99999999999999999999', NOW + MAX_RETRY_AFTER_MS],
  ['Fri, 31 Dec 9999 23:59:59 GMT', NOW + MAX_RETRY_AFTER_MS],
  ['', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['2026', NOW + 2_026_000],
  ['2026-11-23', undefined],
]
for (const [header, at] of headers) {
  void t.test(`Retry-After: ${header}`, async (t) => t.equal(retryAfterAt(header, NOW), at))
}
