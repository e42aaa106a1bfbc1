// What is logged against src/observability/README.md: decision 30 promises operators a list, and a list that is
// kept by hand is wrong within a month.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../src/common/package-root.ts'
import { collectLogEvents } from '../support/log-events.ts'

const text = readFileSync(join(packageRoot, 'src/observability/README.md'), 'utf8')
const [, lines = '', fields = ''] = text.split(/^## /m)
const events = collectLogEvents()

/** The cells of each row, without the head. */
function rowsOf(table: string): string[][] {
  return [...table.matchAll(/^\| (`.*) \|$/gm)].map(([, row = '']) => row.split('|').map((cell) => cell.trim()))
}

function namesIn(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name).toSorted()
}

void t.test('every line that can be logged is in the table, with its fields, and no other', async (t) => {
  t.ok(events.length > 30, `${events.length} found`)
  const listed = new Map(rowsOf(lines).map(([message = '', ...cells]) => [message.slice(1, -1), cells]))
  t.strictSame([...listed.keys()].toSorted(), events.map(({ message }) => message).toSorted())
  for (const { message, levels, fields } of events) {
    const [level = '', listedFields, meaning] = listed.get(message) ?? []
    t.ok(level !== '' && level.split(', ').every((each) => levels.includes(each)), `${message}: ${levels.join(', ')}`)
    t.strictSame(namesIn(listedFields), fields, message)
    t.ok(meaning, message)
  }
})

void t.test('every field is explained, and none of them is personal', async (t) => {
  const used = new Set(events.flatMap((event) => event.fields))
  t.strictSame(
    rowsOf(fields)
      .flatMap(([names]) => namesIn(names))
      .toSorted(),
    [...used].toSorted(),
  )
  const personal = [
    'kenmerken',
    'hoofdObject',
    'resourceUrl',
    'body',
    'headers',
    'callbackUrl',
    'authorization',
    'token',
  ]
  t.strictSame(
    personal.filter((field) => used.has(field)),
    [],
  )
})
