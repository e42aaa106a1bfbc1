import type { Test } from 'tap'
import { holdApplyLock } from '../../src/db/configuration/apply-lock.ts'
import { openDatabase } from '../../src/db/open.ts'

/** Somebody else is applying, until the test ends. */
export async function holdingTheApplyLock(t: Pick<Test, 'teardown'>, url: string): Promise<void> {
  const database = await openDatabase(url)
  let release = (): void => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  let held = (): void => {}
  const holds = new Promise<void>((resolve) => (held = resolve))
  const holding = database.transaction(async (tx) => {
    await holdApplyLock(tx, database.provider, 0)
    held()
    await released
  })
  t.teardown(async () => {
    release()
    await holding
    await database.close()
  })
  await holds
}
