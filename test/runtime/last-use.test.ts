import t from 'tap'
import { LastUse, type DatedUse } from '../../src/runtime/last-use.ts'

const use = { objectId: 'a', slot: 'current', fingerprint: 'f' }

void t.test('many uses are one write, at the last moment, and not more than one a minute', async (t) => {
  const written: (readonly DatedUse[])[] = []
  const lastUse = new LastUse(async (uses) => void written.push(uses))
  await lastUse.flush()
  t.equal(written.length, 0, 'nothing was used')
  lastUse.note(use, 1_000)
  lastUse.note(use, 2_000)
  lastUse.note({ ...use, slot: 'previous' }, 3_000)
  await lastUse.flush()
  t.strictSame(written, [
    [
      { ...use, at: 2_000 },
      { ...use, slot: 'previous', at: 3_000 },
    ],
  ])
  lastUse.note(use, 61_999)
  await lastUse.flush()
  t.equal(written.length, 1)
  lastUse.note(use, 62_000)
  await lastUse.flush()
  t.strictSame(written[1], [{ ...use, at: 62_000 }])
})

void t.test('what could not be written is written later, with what came meanwhile', async (t) => {
  let broken = true
  let written: readonly DatedUse[] = []
  const lastUse = new LastUse(async (uses) => {
    lastUse.note(use, 5_000)
    if (broken) throw new Error('no database')
    written = uses
  })
  lastUse.note(use, 1_000)
  lastUse.note({ ...use, slot: 'previous' }, 1_000)
  await t.rejects(lastUse.flush(), { message: 'no database' })
  broken = false
  await lastUse.flush()
  t.strictSame(written, [
    { ...use, at: 5_000 },
    { ...use, slot: 'previous', at: 1_000 },
  ])
})
