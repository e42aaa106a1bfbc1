import * as fc from 'fast-check'
import t from 'tap'
import { readMoment, toMilliseconds, toSeconds } from '../../src/notificaties/aanmaakdatum.ts'

const read: [input: string, expected: string | undefined][] = [
  ['2024-01-01T12:00:00Z', '2024-01-01T12:00:00Z'],
  ['2024-01-01T12:00:00+02:00', '2024-01-01T10:00:00Z'],
  ['2024-01-01T12:00:00-0130', '2024-01-01T13:30:00Z'],
  ['2024-01-01T12:00:00+01', '2024-01-01T11:00:00Z'],
  ['2024-01-01T12:00:00', '2024-01-01T12:00:00Z'],
  ['2024-01-01T12:00', '2024-01-01T12:00:00Z'],
  ['2024-01-01 12:00', '2024-01-01T12:00:00Z'],
  ['2024-01-01', '2024-01-01T00:00:00Z'],
  ['20240101T120000Z', '2024-01-01T12:00:00Z'],
  ['2024-01-01T12:00:00.5Z', '2024-01-01T12:00:00.500000Z'],
  ['2024-01-01T12:00:00,123456789Z', '2024-01-01T12:00:00.123456Z'],
  ['2024-01-01T12:00:00.000Z', '2024-01-01T12:00:00Z'],
  ['2024-02-29T23:59:59+00:00:01', '2024-02-29T23:59:58Z'],
  ['0050-06-01', '0050-06-01T00:00:00Z'],
  ['2024-01-01T12:00:00z', undefined],
  ['2023-02-29', undefined],
  ['2024-13-01', undefined],
  ['2024-01-01T24:00:00Z', undefined],
  ['2024-01-01T12:60', undefined],
  ['2024-01-01T12:00:60Z', undefined],
  ['2024-01-01T12:00:00+24:00', undefined],
  ['0000-01-01', undefined],
  ['0001-01-01T00:00:00+01:00', undefined],
  ['9999-12-31T23:30:00-01:00', undefined],
  ['12:00:00', undefined],
  ['1700000000', undefined],
  ['', undefined],
  ['2024-01-01T', undefined],
]

void t.test('each form of a moment is read as Open Notificaties reads it', async (t) => {
  for (const [input, expected] of read) t.equal(readMoment(input)?.text, expected, JSON.stringify(input))
})

void t.test('reading what was written gives the same moment', async () => {
  const date = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  })
  fc.assert(
    fc.property(date, (date) => {
      const moment = readMoment(date.toISOString())
      return moment?.epochMs === date.getTime() && readMoment(moment.text)?.text === moment.text
    }),
  )
})

void t.test('no text makes it throw', async () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from('0123456789-:+TZ. ')) }),
      (text) => void readMoment(text),
    ),
  )
})

void t.test('the forwarded form has milliseconds only when there is a fraction', async (t) => {
  t.equal(toMilliseconds('2024-01-01T12:00:00.123456Z'), '2024-01-01T12:00:00.123Z')
  t.equal(toMilliseconds('2024-01-01T12:00:00Z'), '2024-01-01T12:00:00Z')
  t.equal(toSeconds('2024-01-01T12:00:00.123456Z'), '2024-01-01T12:00:00Z')
})
