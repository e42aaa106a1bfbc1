import { createOAuth2 } from '../../egress/oauth2.ts'
import { createEgress } from '../../egress/egress.ts'
import { NO_PROXIES, type Proxies } from '../../egress/proxies.ts'
import { inspectPeer, type PeerCertificate } from '../../egress/inspect-peer.ts'
import type { Clock } from '../../common/clock.ts'
import { autorisatiesJobs } from './checks/autorisaties.ts'
import { callbackJobs } from './checks/callbacks.ts'
import { certificateJobs } from './checks/certificates.ts'
import { clientJobs } from './checks/clients.ts'
import { staticJwtFindings } from './checks/static-jwt.ts'
import { rotationFindings } from './checks/secrets.ts'
import { sharedSecretFindings } from './checks/shared-secrets.ts'
import { tokenJobs } from './checks/tokens.ts'
import type { Examination } from './examination.ts'
import type { CheckName, Finding } from './finding.ts'
import { runJobs, type Job } from './runner.ts'
import type { Subjects } from './subjects.ts'

export type ExamineOptions = {
  clock: Clock
  /** For each check on each subject. */
  timeoutMs: number
  /** Of the environment. A certificate is looked at without one. */
  proxies?: Proxies
  wanted: (check: CheckName) => boolean
  onStart?: (job: Job) => void
}

/** Enough for hundreds of callbacks within a minute, and no load to speak of on any of them. */
const CONCURRENCY = 8

/**
 * Every check on what a configuration refers to: its secrets, and the systems that it names. Asks the
 * Autorisaties API first: when that fails, asking about each client would say the same once more each.
 * Throws nothing that is expected; what is wrong is a finding.
 */
export async function examine(subjects: Subjects, options: ExamineOptions): Promise<Finding[]> {
  const { clock, timeoutMs, wanted, onStart, proxies = NO_PROXIES } = options
  const { settings, egressCa } = subjects
  const egress = createEgress({ policy: () => settings.egress, ca: () => egressCa, proxies })
  const examination: Examination = {
    subjects,
    clock,
    inspect: oncePerHost((url, timeoutMs, identity) =>
      inspectPeer(url, { policy: settings.egress, proxies, timeoutMs, identity, egressCa }),
    ),
    oauth2: (within) => createOAuth2({ egress: within, clock }),
  }
  const run = (jobs: readonly Job[]): Promise<Finding[]> => {
    const chosen = jobs.filter(({ check }) => wanted(check))
    return runJobs(chosen, { egress, timeoutMs, concurrency: CONCURRENCY, ...(onStart && { onStart }) })
  }
  const now = clock.now()
  try {
    const autorisaties = await run(autorisatiesJobs(examination))
    const blocked = autorisaties.some(({ check, status }) => check === 'autorisaties' && status === 'failed')
    const others = await run([
      ...clientJobs(examination, blocked),
      ...callbackJobs(examination),
      ...tokenJobs(examination),
      ...certificateJobs(examination),
    ])
    const local = [
      ...rotationFindings(subjects, now),
      ...sharedSecretFindings(subjects, now),
      ...staticJwtFindings(subjects, now),
    ]
    return [...local.filter(({ check }) => wanted(check)), ...autorisaties, ...others]
  } finally {
    await egress.close()
  }
}

type Inspect = Examination['inspect']

function oncePerHost(inspect: Inspect): Inspect {
  const seen = new Map<string, Promise<PeerCertificate>>()
  return (url, timeoutMs, identity) => {
    const key = `${new URL(url).host} ${identity?.name ?? ''}`
    const asked = seen.get(key) ?? inspect(url, timeoutMs, identity)
    seen.set(key, asked)
    return asked
  }
}
