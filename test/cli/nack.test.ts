import t from 'tap'
import { runApply, type ApplyFlow } from '../../src/cli/apply-flow.ts'
import { prepareUndo, undo } from '../../src/cli/nack.ts'
import { readMeta } from '../../src/db/meta.ts'
import type { Database } from '../../src/db/open.ts'
import { planConfiguration, type Wanted } from '../../src/reconcile/planner.ts'
import { onEachDatabase, openTestDatabase } from '../support/databases.ts'
import { desired, kanaal, wanted } from '../support/desired.ts'
import { EVERY_KIND, workplace } from '../support/documents.ts'
import { apply, applyOptions } from '../support/reconcile.ts'
import { writeServerRow } from '../../src/db/server-row.ts'

// What `--on-nack rollback` must leave alone when it takes an apply back.

const document = (...names: string[]): Wanted =>
  wanted([
    desired(
      'gemeente',
      names.map((name) => kanaal(name)),
    ),
  ])

/** An apply that is taken back when a server refuses it. */
const flowTo = (database: Database, what: Wanted): ApplyFlow => ({
  ...applyOptions,
  database,
  wanted: what,
  waitForServersMs: 1,
  onNack: 'rollback',
  whyNot: async () => undefined,
  step: () => {},
})

onEachDatabase(t, 'what somebody else applied meanwhile is not taken back', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, document('a'))
  const flow = flowTo(database, document('a', 'b'))
  const prepared = await prepareUndo(flow, (await planConfiguration(database, flow.wanted)).plan)
  t.match(await apply(database, flow.wanted), { generation: 2 })
  await apply(database, document('a', 'b', 'c'))

  const told = await undo(flow, prepared, { message: 'a server refused it', generation: 2 })
  t.match(told, {
    error: {
      kind: 'unconfirmed',
      message: 'a server refused it; it was not rolled back: generation 3 was applied since',
    },
  })
  t.notOk('rolledBack' in told)
  const kanalen = await database.reader.kanaal.findMany({ orderBy: { naam: 'asc' } })
  t.strictSame(
    kanalen.map(({ naam }) => naam),
    ['a', 'b', 'c'],
  )
})

onEachDatabase(t, 'an apply that is taken back is told to the log as both were committed', async (t, url) => {
  const database = await openTestDatabase(t, url)
  await apply(database, document('a'))
  const told: string[] = []
  const flow: ApplyFlow = {
    ...flowTo(database, document('a', 'b')),
    onAudited: ({ action, detail }) => told.push(`${action} ${String(detail['generation'])}`),
  }
  const prepared = await prepareUndo(flow, (await planConfiguration(database, flow.wanted)).plan)
  await runApply(flow)
  t.strictSame(told, ['configuration.apply 2'])
  t.match(await undo(flow, prepared, { message: 'a server refused it', generation: 2 }), {
    rolledBack: { generation: 3 },
  })
  t.strictSame(told.slice(1), ['configuration.rollback 3'])
})

onEachDatabase(t, 'after an apply is taken back a server may start from the document before it', async (t, url) => {
  const numbered = (sequence: number) => EVERY_KIND.replace('gemeente\n', `gemeente\n  sequence: ${sequence}\n`)
  const { bode, write } = workplace(t, url, numbered(5))
  const database = await openTestDatabase(t, url)
  const sequence = () => readMeta(database.reader, 'sequence:gemeente')
  const refused = (generation: number) =>
    writeServerRow(
      database,
      { id: 's', host: 'gw-1', pid: 7, version: '0', startedAt: 1, generation, state: 'refused', reason: 'no' },
      Date.now(),
    )
  const applying = ['apply', '--auto-approve', '--wait-for-servers', '300ms', '--on-nack', 'rollback']
  await refused(1)
  t.match(await bode(applying), { exit: 9, stdout: /Rolled back as generation 2/ })
  t.equal(await sequence(), undefined, 'a first apply is as if it had not been')

  await bode(['apply', '--auto-approve', '--wait-for-servers', '0s'])
  t.equal(await sequence(), '5')
  await refused(4)
  write(numbered(6).replace('policy: public', 'policy: private'))
  t.match(await bode(applying), { exit: 9, stdout: /Rolled back as generation 5/ })
  t.equal(await sequence(), '5')
})
