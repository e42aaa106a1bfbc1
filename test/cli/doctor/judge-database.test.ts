import t from 'tap'
import { judgePostgresql, judgeSqlite } from '../../../src/cli/doctor/judge-database.ts'
import type { PostgresqlFacts } from '../../../src/db/inspect-postgresql.ts'
import type { SqliteFacts } from '../../../src/db/inspect-sqlite.ts'

const POSTGRESQL: PostgresqlFacts = {
  version: 17,
  user: 'bode',
  superuser: false,
  synchronousCommit: 'on',
  fsync: true,
  fullPageWrites: true,
  readOnly: false,
  unreadable: [],
  lacking: [],
}

const postgresql: [Partial<PostgresqlFacts>, string, string, RegExp][] = [
  [{}, 'database/durable', 'ok', /PostgreSQL 17/],
  [{ synchronousCommit: 'local' }, 'database/durable', 'ok', /keeps/],
  [{ synchronousCommit: 'off' }, 'database/synchronous-commit', 'failed', /lost when the machine fails/],
  [{ fsync: false }, 'database/fsync', 'failed', /destroyed/],
  [{ fullPageWrites: false }, 'database/full-page-writes', 'warning', /half written/],
  [{ readOnly: true }, 'database/read-only', 'failed', /standby/],
  [{ superuser: true }, 'database/superuser', 'warning', /superuser/],
  [{ version: 13 }, 'database/version', 'warning', /no longer maintained/],
  [{ unreadable: ['_prisma_migrations'] }, 'database/rights', 'failed', /_prisma_migrations/],
  [{ lacking: ['delivery'] }, 'database/rights', 'failed', /may not read and write delivery/],
]

for (const [change, id, status, message] of postgresql) {
  void t.test(`PostgreSQL with ${JSON.stringify(change)} is ${id}`, async (t) => {
    const findings = judgePostgresql({ ...POSTGRESQL, ...change }, 'shown')
    t.match(
      findings.find((finding) => finding.id === id),
      { status, message },
    )
    t.equal(
      findings.some((finding) => finding.id === 'database/durable'),
      status !== 'failed',
    )
  })
}

const GIB = 1024 ** 3
const SQLITE: SqliteFacts = { journalMode: 'wal', synchronous: 2, mode: 0o600, fileSystem: 0xef53, freeBytes: 9 * GIB }

const sqlite: [Partial<SqliteFacts>, string, string, RegExp][] = [
  [{}, 'database/durable', 'ok', /local disk/],
  [{ fileSystem: 0x6969 }, 'database/network-file-system', 'failed', /NFS/],
  // statfs gives a signed number on some systems.
  [{ fileSystem: 0xff534d42 | 0 }, 'database/network-file-system', 'failed', /CIFS/],
  [{ journalMode: 'delete' }, 'database/durability', 'failed', /journal_mode is delete/],
  [{ synchronous: 1 }, 'database/durability', 'failed', /synchronous 1/],
  [{ freeBytes: GIB / 2 }, 'database/disk', 'warning', /512 MiB/],
  [{ freeBytes: GIB / 32 }, 'database/disk', 'failed', /32 MiB/],
  [{ mode: 0o640 }, 'database/durable', 'ok', /local/],
  [{ mode: 0o604 }, 'database/permissions', 'warning', /0604/],
]

for (const [change, id, status, message] of sqlite) {
  void t.test(`SQLite with ${JSON.stringify(change)} is ${id}`, async (t) => {
    const findings = judgeSqlite({ ...SQLITE, ...change }, '/data/bode.db')
    t.match(
      findings.find((finding) => finding.id === id),
      { status, message },
    )
  })
}
