import { existsSync } from 'node:fs'
import { systemClock } from '../../common/clock.ts'
import { Failure } from '../../common/failure.ts'
import type { Database } from '../../db/open.ts'
import { databaseTarget } from '../../db/target.ts'
import type { MasterKey } from '../../secrets/master-key.ts'
import { readProxies } from '../../egress/proxies.ts'
import type { Invocation } from '../command.ts'
import { databaseUrl, DEFAULT_DATABASE_URL } from '../database-url.ts'
import { databaseClockJobs } from './checks/clock.ts'
import { databaseFindings, reachDatabase } from './checks/database.ts'
import { masterKeyFindings } from './checks/master-key.ts'
import { serverFindings } from './checks/servers.ts'
import { databaseSubjects } from './database-subjects.ts'
import { examineDocument } from './document.ts'
import { examine } from './doctor.ts'
import { reporter, type CheckName, type Finding } from './finding.ts'
import { runJobs, type Job } from './runner.ts'
import type { Subjects } from './subjects.ts'

export type ConsultOptions = {
  wanted: (check: CheckName) => boolean
  timeoutMs: number
  onStart: (job: Job) => void
}

/** What depends on the configuration being readable. */
const ON_SUBJECTS: readonly CheckName[] = [
  'secrets',
  'autorisaties',
  'clients',
  'callbacks',
  'tokens',
  'jwt',
  'certificates',
]

const NEED_SECRETS: readonly CheckName[] = ['autorisaties', 'clients', 'callbacks', 'tokens', 'jwt']

/**
 * Every check that is wanted: on the document of `--file` when there is one, else on what the database
 * holds, and on the database itself. Throws Failure `usage` for a database URL that is none.
 */
export async function consult(invocation: Invocation, options: ConsultOptions): Promise<Finding[]> {
  const fromDocument = invocation.flags.texts('file').length > 0
  const document = fromDocument ? await examineDocument(invocation) : undefined
  const reached = await reach(invocation, fromDocument)
  const database = 'database' in reached ? reached.database : undefined
  try {
    const ground = await examineGround(invocation, database, options)
    const near = [...(document?.findings ?? []), ...('finding' in reached ? [reached.finding] : []), ...ground.findings]
    const live = fromDocument ? document : await liveSubjects(ground.usable, ground.key)
    if (live?.subjects === undefined) {
      // Why nothing could be examined is told, also when only what could not be examined was asked for.
      const known = [...near, ...(live?.findings ?? [])]
      const told = known.filter(({ check, status }) => options.wanted(check) || status === 'failed')
      return [...told, ...notExamined(known, options)]
    }
    const { wanted, timeoutMs, onStart } = options
    const proxies = readProxies(invocation.environment)
    // What a missing secret keeps from being tried is skipped; that it is missing is then told too.
    const needsSecrets = NEED_SECRETS.some((check) => wanted(check))
    const seen = near.filter(({ check, status }) => {
      return wanted(check) || (check === 'secrets' && status === 'failed' && needsSecrets)
    })
    return [...seen, ...(await examine(live.subjects, { clock: systemClock, wanted, timeoutMs, proxies, onStart }))]
  } finally {
    await database?.close()
  }
}

/** Opens the database. Before the first apply of a document there may be none yet. */
async function reach(invocation: Invocation, fromDocument: boolean) {
  const url = databaseUrl(invocation)
  const target = databaseTarget(url)
  if (fromDocument && url === DEFAULT_DATABASE_URL && !existsSync(target.shown)) {
    const message = 'there is none yet; bode db migrate makes it'
    return { finding: reporter('database', target.shown).skipped('none', message) }
  }
  return reachDatabase(target)
}

/** What a configuration stands on: the database, its clock, the servers and the master key. */
async function examineGround(
  { environment }: Invocation,
  database: Database | undefined,
  { timeoutMs, onStart, wanted }: ConsultOptions,
): Promise<{ findings: Finding[]; key: MasterKey | undefined; usable: Database | undefined }> {
  if (database === undefined) return { ...(await keyOnly(environment)), usable: undefined }
  const schema = await databaseFindings(database)
  const usable = schema.usable ? database : undefined
  const { key, findings: ofKey } = await masterKeyFindings(environment, usable)
  const egress = { request: () => Promise.reject(new Error('no request here')), close: async () => {} }
  const clock = wanted('clock')
    ? await runJobs(databaseClockJobs(database, systemClock), { egress, timeoutMs, concurrency: 1, onStart })
    : []
  const servers = usable === undefined ? [] : await serverFindings(usable, systemClock.now())
  return { findings: [...schema.findings, ...ofKey, ...clock, ...servers], key, usable }
}

async function keyOnly(environment: Invocation['environment']) {
  return masterKeyFindings(environment, undefined)
}

async function liveSubjects(
  database: Database | undefined,
  key: MasterKey | undefined,
): Promise<{ subjects: Subjects | undefined; findings: Finding[] }> {
  if (database === undefined || key === undefined) return { subjects: undefined, findings: [] }
  try {
    return { subjects: await databaseSubjects(database, key), findings: [] }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const advice = {
      what: 'apply the document again with this master key, or use the key that sealed it',
      where: 'BODE_MASTER_KEY',
    }
    const remark = { id: 'not-opened', message: error.message, advice, side: 'secret' as const }
    return { subjects: undefined, findings: [reporter('secrets', database.target.shown).failed(remark)] }
  }
}

/** What could not be looked at is said, so that silence never means health. */
function notExamined(near: readonly Finding[], { wanted }: ConsultOptions): Finding[] {
  const cause = near.find(({ status }) => status === 'failed')?.check ?? 'database'
  return ON_SUBJECTS.filter((check) => wanted(check) && near.every((finding) => finding.check !== check)).map((check) =>
    reporter(check, check).skipped('not-examined', `the configuration cannot be read; see the check ${cause}`),
  )
}
