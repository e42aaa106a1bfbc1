import t from 'tap'
import { sequenceSettler } from '../../src/cli/sequence-settler.ts'
import { holdApplyLock } from '../../src/db/configuration/apply-lock.ts'
import { readMeta, writeMeta } from '../../src/db/meta.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { desired, wanted } from '../support/desired.ts'

onEachDatabase(
  t,
  'a document that changes nothing is remembered after whoever is applying, not over it',
  async (t, url) => {
    const database = await openTestDatabase(t, url)
    const other = await openTestDatabase(t, url)
    const settler = sequenceSettler({
      wanted: wanted([desired('gemeente', [], { sequence: 5 })]),
      refuseOlder: true,
      lockTimeoutMs: 10_000,
    })
    let alone: Promise<void> | undefined
    await other.transaction(async (tx) => {
      await holdApplyLock(tx, other.provider, 0)
      alone = settler.writeAlone(database)
      alone.catch(() => {})
      // The one that waits has read what stood there before by the time that this one is at its end.
      for (let reads = 0; reads < 20; reads += 1) await readMeta(database.reader, 'sequence:gemeente')
      await writeMeta(tx, 'sequence:gemeente', '6')
    })
    await t.rejects(alone!, { kind: 'conflict', message: /its metadata.sequence is 5, the last one was 6/ })
    t.equal(await readMeta(database.reader, 'sequence:gemeente'), '6')
  },
)
