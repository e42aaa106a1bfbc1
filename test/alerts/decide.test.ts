import t from 'tap'
import type { Alert, AlertDetail, Finding } from '../../src/alerts/alert.ts'
import { backoffMs, decide, occasionOf, type Change, type Occasion } from '../../src/alerts/decide.ts'

const NOW = 100 * 86_400_000
const HOUR = 3_600_000
const DAY = 24 * HOUR
const URL = 'https://alarm.example.nl/'

const finding: Finding = { kind: 'blocked', subject: 'a', name: 'zac', since: NOW - HOUR, count: 3, reason: 'gone' }

function alertWith(parts: Partial<Alert> = {}, more: Partial<AlertDetail> = {}): Alert {
  const { kind, subject, ...facts } = finding
  const detail = { ...facts, failures: 0, notBefore: 0, ...more }
  const row = { kind, subject, raisedAt: NOW - HOUR, sentAt: null, resolvedAt: null, detail, ...parts }
  return { ...row, stored: JSON.stringify(row.detail) }
}

const told = { sentAt: NOW - 60_000 }
const cases: [name: string, standing: Alert[], found: Finding[], url: string | null, changes: string[]][] = [
  ['nothing and nothing', [], [], URL, []],
  ['something new', [], [finding], URL, ['raise']],
  ['something new that nobody is told', [], [finding], null, ['raise']],
  ['the same as before', [alertWith(told)], [finding], URL, []],
  ['more of the same', [alertWith(told)], [{ ...finding, count: 4 }], URL, ['change']],
  ['over before anybody knew', [alertWith()], [], URL, ['forget']],
  ['over', [alertWith(told)], [], URL, ['resolve']],
  ['over, and the webhook has gone', [alertWith(told)], [], null, ['forget']],
  ['over, and not told yet', [alertWith({ ...told, resolvedAt: NOW - 1 })], [], URL, []],
  ['over and back before that was told', [alertWith({ ...told, resolvedAt: NOW - 1 })], [finding], URL, ['change']],
  ['another of the same kind', [alertWith(told)], [{ ...finding, subject: 'b' }], URL, ['resolve', 'raise']],
]
for (const [name, standing, found, url, changes] of cases) {
  void t.test(`${name}: ${changes.join(', ') || 'no change'}`, async (t) => {
    t.strictSame(decide(standing, found, { now: NOW, url }).map(wordOf), changes)
  })
}

function wordOf(change: Change): string {
  return change.do === 'change' && change.resolvedAt !== null ? 'resolve' : change.do
}

void t.test('what failed so far is kept when the facts change', async (t) => {
  const alert = alertWith({}, { failures: 3, notBefore: NOW + 1, error: 'status 500' })
  const [change] = decide([alert], [{ ...finding, count: 9 }], { now: NOW, url: URL })
  t.match(change, { detail: { count: 9, failures: 3, notBefore: NOW + 1, error: 'status 500' } })
})

const dead = { kind: 'dead' as const, sentAt: NOW - 2 * DAY }
const occasions: [name: string, alert: Alert, repeatAfterMs: number, occasion: Occasion | undefined][] = [
  ['nobody knows', alertWith(), DAY, 'raised'],
  ['told a minute ago', alertWith(told), DAY, undefined],
  ['told a day ago', alertWith({ sentAt: NOW - DAY }), DAY, 'lasting'],
  ['told long ago, and that is enough', alertWith({ sentAt: 0 }), 0, undefined],
  ['dead letters that lay there then', alertWith(dead, { newestAt: NOW - 3 * DAY }), DAY, undefined],
  ['a newer dead letter', alertWith(dead, { newestAt: NOW - DAY }), DAY, 'lasting'],
  ['over', alertWith({ ...told, resolvedAt: NOW }), DAY, 'resolved'],
  ['a message that has just failed', alertWith({}, { notBefore: NOW + 60_000 }), DAY, undefined],
  ['one that failed a while ago', alertWith({}, { notBefore: NOW }), DAY, 'raised'],
  ['one that failed before the clock was put back', alertWith({}, { notBefore: NOW + 2 * HOUR }), DAY, 'raised'],
  ['told in what is now the future', alertWith({ sentAt: NOW + HOUR }), DAY, undefined],
]
for (const [name, alert, repeatAfterMs, occasion] of occasions) {
  void t.test(`${name}: ${occasion ?? 'nothing to tell'}`, async (t) => {
    t.equal(occasionOf(alert, { now: NOW, repeatAfterMs }), occasion)
  })
}

void t.test('a webhook that fails is tried again after a minute, two, four, at most an hour', async (t) => {
  t.strictSame(
    [0, 1, 2, 6, 50].map((failures) => backoffMs(failures)),
    [60_000, 120_000, 240_000, HOUR, HOUR],
  )
})
