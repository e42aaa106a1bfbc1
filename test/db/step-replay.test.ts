// What two servers that read the same job at the same time make of it.
import t, { type Test } from 'tap'
import { runningReplayJobs } from '../../src/db/deliveries/replay-jobs.ts'
import { stepReplay, type ReplayStep } from '../../src/db/deliveries/step-replay.ts'
import { onEachDatabase } from '../support/databases.ts'
import { acceptMany, DEAD, operationsWorld } from '../support/operations.ts'

/** Two dead letters, and a step that sends those of `sequences` again, as somebody made it who read the job at first. */
async function world(t: Test, url: string) {
  const made = await operationsWorld(t, url)
  const { operations, database, clock } = made
  await made.subscribe('zac')
  await acceptMany(made, 2)
  await made.work(() => DEAD)
  await operations.startReplay({}, 50)
  const [job] = await runningReplayJobs(database.reader)
  const { epoch } = await database.reader.catalog.findUniqueOrThrow({ where: { id: 1 } })
  if (job === undefined) throw new Error('no replay is running')
  const step = (sequences: readonly number[], more: Partial<ReplayStep> = {}) =>
    stepReplay(database, {
      job,
      deliveries: sequences.map((sequence) => {
        const abonnementId = 'id-zac'
        return { sequence, abonnementId, notificatieId: `n${sequence}`, replay: 1, orderingKey: null }
      }),
      cursor: { sequence: sequences.at(-1) ?? 0, abonnementId: 'id-zac', at: clock.now() },
      finished: false,
      epoch: Number(epoch),
      now: clock.now(),
      ending: (done) => ({ actor: 'bode', action: 'x', subject: 'y', result: 'done', detail: { done } }),
      ...more,
    })
  const jobNow = async () => (await runningReplayJobs(database.reader))[0]
  return { database, step, jobNow }
}

onEachDatabase(t, 'only the first of two that read the same job takes the step', async (t, url) => {
  const { database, step, jobNow } = await world(t, url)
  t.equal((await step([1])).length, 1)
  const after = await jobNow()
  t.match(after, { done: 1, cursor: { sequence: 1 } })
  t.equal(await step([2]), 'taken', 'its cursor is that of before')
  t.equal(await database.reader.delivery.count(), 1)
  t.strictSame(await jobNow(), after)
})

onEachDatabase(t, 'what is on its way already is left out, and not counted', async (t, url) => {
  const { database, step, jobNow } = await world(t, url)
  await step([1])
  const job = await jobNow()
  if (job === undefined) throw new Error('the replay ended')
  const result = await step([1, 2], { job })
  t.match(result, [{ sequence: 2 }])
  t.equal(result.length, 1)
  t.match(await jobNow(), { done: 2, cursor: { sequence: 2 } })
  t.equal(await database.reader.delivery.count(), 2)
})

onEachDatabase(t, 'a step made with an older catalog writes nothing', async (t, url) => {
  const { database, step, jobNow } = await world(t, url)
  t.equal(await step([1], { epoch: 1 }), 'moved')
  t.equal(await database.reader.delivery.count(), 0)
  t.match(await jobNow(), { done: 0, cursor: null })
})
