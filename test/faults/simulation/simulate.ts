import { runSchedule, type Outcome } from './schedule.ts'

/** How much of what happened is worth reading. */
const SHOWN_LINES = 60

/**
 * Runs schedules from `seed` on until one breaks an invariant, which is then explained; a single one is always told
 * in full. True when none did.
 */
export async function simulate(options: {
  seed: number
  schedules: number
  say: (text: string) => void
}): Promise<boolean> {
  const { seed, schedules, say } = options
  const totals = { deliveries: 0, attempts: 0, lost: 0 }
  for (let next = seed; next < seed + schedules; next += 1) {
    const outcome = await runSchedule(next)
    totals.deliveries += outcome.deliveries
    totals.attempts += outcome.attempts
    totals.lost += outcome.lost
    if (outcome.violations.length > 0 || schedules === 1)
      say(explain(outcome, schedules === 1 ? Infinity : SHOWN_LINES))
    if (outcome.violations.length > 0) return false
    if ((next - seed + 1) % 1_000 === 0) say(`${next - seed + 1} schedules\n`)
  }
  const { deliveries, attempts, lost } = totals
  say(`${schedules} schedules, ${deliveries} deliveries, ${attempts} attempts, ${lost} leases lost: nothing broken\n`)
  return true
}

/** What happened, and how to see it again. */
export function explain({ seed, violations, faults, trace }: Outcome, lines = SHOWN_LINES): string {
  const broken = violations.map((violation) => `BROKEN ${violation}\n`).join('')
  const again = `npm run test:faults -- --simulation --seed ${seed} --iterations 1`
  return `${trace().slice(-lines).join('\n')}\n${broken}seed ${seed}, with ${faults.join(', ') || 'no faults'}: ${again}\n`
}
