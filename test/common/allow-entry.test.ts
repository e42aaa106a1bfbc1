import t from 'tap'
import { parseAllowEntry } from '../../src/common/allow-entry.ts'

const read: Record<string, string | undefined> = {
  '10.0.0.0/8': '10.0.0.0/8',
  '127.0.0.1': '127.0.0.1/32',
  '::1': '::1/128',
  '[::1]': '::1/128',
  'fd00::/8': 'fd00::/8',
  'http://10.0.0.0/8': '10.0.0.0/8 http',
  openzaak: 'openzaak',
  'OpenZaak.Gemeente.Local.': 'openzaak.gemeente.local',
  'http://openzaak': 'openzaak http',
  'gemeente-é.nl': 'xn--gemeente--j4a.nl',
  under_score: 'under_score',
  '': undefined,
  'openzaak:8000': undefined,
  'openzaak/api': undefined,
  'https://openzaak': undefined,
  'user@openzaak': undefined,
  '*.gemeente.local': undefined,
  '127.1': undefined,
  '0x7f000001': undefined,
  '10.0.0.0/33': undefined,
  'a b': undefined,
}

for (const [text, expected] of Object.entries(read)) {
  void t.test(`allow entry "${text}" ${expected ? `is ${expected}` : 'is refused'}`, async (t) => {
    const entry = parseAllowEntry(text)
    const what = entry?.kind === 'range' ? `${entry.range[0].toString()}/${entry.range[1]}` : entry?.host
    t.equal(entry === undefined ? undefined : `${what}${entry.plainHttp ? ' http' : ''}`, expected)
  })
}
