import type { PostgresqlFacts } from '../../db/inspect-postgresql.ts'
import type { SqliteFacts } from '../../db/inspect-sqlite.ts'
import { reporter, type Finding } from './finding.ts'

/** The oldest PostgreSQL that its makers still repair. */
const OLDEST_POSTGRESQL = 14

/** Does PostgreSQL keep what was acknowledged, and may our role do what it must and no more. Pure. */
export function judgePostgresql(facts: PostgresqlFacts, shown: string): Finding[] {
  const report = reporter('database', shown)
  const where = 'postgresql.conf, or ALTER SYSTEM SET'
  const role = `ALTER ROLE "${facts.user}" or ALTER DATABASE ... SET`
  const findings: Finding[] = []
  if (facts.synchronousCommit === 'off') {
    const message = 'synchronous_commit is off: what was acknowledged is lost when the machine fails'
    findings.push(
      report.failed({
        id: 'synchronous-commit',
        message,
        advice: { what: 'set synchronous_commit = on', where: `${where}, ${role}` },
      }),
    )
  }
  if (!facts.fsync) {
    const message = 'fsync is off: the database may be destroyed when the machine fails'
    findings.push(report.failed({ id: 'fsync', message, advice: { what: 'set fsync = on', where } }))
  }
  if (!facts.fullPageWrites) {
    const message = 'full_page_writes is off: a page that was half written cannot be repaired'
    const what = 'set full_page_writes = on, unless the file system writes whole pages (ZFS)'
    findings.push(report.warning({ id: 'full-page-writes', message, advice: { what, where } }))
  }
  if (facts.readOnly) {
    const message = 'it may only be read: it is a standby, or read-only by default'
    const advice = {
      what: 'connect to the primary (target_session_attrs=read-write), or set default_transaction_read_only = off',
      where: `--database-url or DATABASE_URL; ${role}`,
    }
    findings.push(report.failed({ id: 'read-only', message, advice }))
  }
  if (facts.unreadable.length > 0 || facts.lacking.length > 0) {
    const names = [...new Set([...facts.unreadable, ...facts.lacking])]
    const message = `the role ${facts.user} may not read and write ${some(names)}`
    const what = `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES and USAGE ON ALL SEQUENCES IN SCHEMA ... TO "${facts.user}"`
    findings.push(report.failed({ id: 'rights', message, advice: { what, where: 'psql, as the owner of the tables' } }))
  }
  if (facts.superuser) {
    const message = `the role ${facts.user} is a superuser, which Bode does not need`
    const advice = { what: 'make a role of its own that owns this database only', where: 'psql, then DATABASE_URL' }
    findings.push(report.warning({ id: 'superuser', message, advice }))
  }
  if (facts.version < OLDEST_POSTGRESQL) {
    const advice = { what: `upgrade to PostgreSQL ${OLDEST_POSTGRESQL} or newer`, where: 'the database server' }
    findings.push(
      report.warning({ id: 'version', message: `PostgreSQL ${facts.version} is no longer maintained`, advice }),
    )
  }
  const sound = findings.every(({ status }) => status !== 'failed')
  return sound
    ? [report.ok('durable', `PostgreSQL ${facts.version} keeps what it acknowledged`), ...findings]
    : findings
}

const MIB = 1024 * 1024
/** statfs numbers of file systems on another machine, where locks and fsync are not what SQLite needs. */
const NETWORK_FILE_SYSTEMS: Record<number, string> = {
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB2',
  0x01021997: '9p',
  0x5346414f: 'AFS',
  0x00c36400: 'Ceph',
}
const FULL = 2

/** The same for a SQLite file. Pure. */
export function judgeSqlite(facts: SqliteFacts, shown: string): Finding[] {
  const report = reporter('database', shown)
  const findings: Finding[] = []
  const network = NETWORK_FILE_SYSTEMS[facts.fileSystem >>> 0]
  if (network !== undefined) {
    const message = `it lies on a network file system (${network}), where SQLite can lose data`
    const advice = { what: 'put it on a local disk, or use PostgreSQL', where: '--database-url or DATABASE_URL' }
    findings.push(report.failed({ id: 'network-file-system', message, advice }))
  }
  if (facts.journalMode !== 'wal' || facts.synchronous < FULL) {
    const message = `journal_mode is ${facts.journalMode} and synchronous ${facts.synchronous}; WAL and FULL are needed`
    findings.push(
      report.failed({ id: 'durability', message, advice: { what: 'put it on a local disk', where: shown } }),
    )
  }
  if (facts.freeBytes < 1024 * MIB) {
    const message = `${Math.floor(facts.freeBytes / MIB)} MiB are free on its disk`
    const remark = { id: 'disk', message, advice: { what: 'make room, or move the database', where: shown } }
    findings.push(facts.freeBytes < 100 * MIB ? report.failed(remark) : report.warning(remark))
  }
  if ((facts.mode & 0o007) !== 0) {
    const message = `every user of this machine may open the file (mode ${facts.mode.toString(8).padStart(4, '0')})`
    const advice = { what: `chmod 600 ${shown} and its -wal and -shm`, where: 'this machine' }
    findings.push(report.warning({ id: 'permissions', message, advice }))
  }
  const sound = findings.every(({ status }) => status !== 'failed')
  return sound ? [report.ok('durable', 'it is on a local disk and keeps what it acknowledged'), ...findings] : findings
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ')
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown
}
