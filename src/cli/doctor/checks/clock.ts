import type { Clock } from '../../../common/clock.ts'
import { databaseClockOffset } from '../../../db/clock-offset.ts'
import type { Database } from '../../../db/open.ts'
import type { Access } from '../autorisaties-access.ts'
import { reporter, type Finding } from '../finding.ts'
import type { Job } from '../runner.ts'

/** A header counts whole seconds and a busy machine is slow: less than this says nothing. */
const NOTICED_MS = 5_000
/** From here on tokens are refused: receivers forgive none to some tens of seconds. */
const TOO_MUCH_MS = 60_000

/** The clock of the database beside ours; leases follow the former, tokens are made by the latter. */
export function databaseClockJobs(database: Database, clock: Clock): Job[] {
  const subject = database.target.shown
  const run = async (): Promise<Finding[]> => {
    const report = reporter('clock', subject)
    if (database.provider === 'sqlite') return [report.skipped('own-clock', 'SQLite has no clock of its own')]
    return [judge(subject, await databaseClockOffset(database, clock), DATABASE)]
  }
  return [{ check: 'clock', subject, run }]
}

/** The clock of the Autorisaties API, from the Date header of its answer. */
export function remoteClock({ autorisaties }: Access, leadMs: number): Finding {
  const machine = `the machine of the Autorisaties API (${new URL(autorisaties.spec.apiRoot).host})`
  return judge(autorisaties.address, leadMs, { machine, whose: 'our tokens', judged: 'there' })
}

/** Whose clock it is, and what goes wrong when it differs. */
type Other = { machine: string; whose: string; judged: string }
/** A server follows the database's clock, also when it judges tokens. */
const DATABASE: Other = {
  machine: 'the machine of the database',
  whose: 'tokens of clients',
  judged: 'to a server, which follows the database',
}

function judge(subject: string, leadMs: number, { machine, whose, judged }: Other): Finding {
  const report = reporter('clock', subject)
  const difference = Math.abs(leadMs)
  if (difference < NOTICED_MS) return report.ok('same', 'its clock agrees with ours')
  const shown = difference < 120_000 ? `${Math.round(difference / 1_000)} s` : `${Math.round(difference / 60_000)} min`
  const [lead, age] = leadMs > 0 ? ['ahead of', 'old'] : ['behind', 'new']
  const message = `its clock is ${shown} ${lead} ours: ${whose} look too ${age} ${judged}`
  const remark = {
    id: 'differs',
    message,
    advice: { what: 'set the clock right (NTP)', where: `this machine, or ${machine}` },
  }
  return difference < TOO_MUCH_MS ? report.warning(remark) : report.failed(remark)
}
