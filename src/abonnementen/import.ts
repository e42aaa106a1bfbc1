import type { AbonnementSpec, KanaalSpec } from '../common/model.ts'
import { Failure } from '../common/failure.ts'
import type { Secret } from '../common/secret.ts'
import { clientOwner, isDeclared } from '../common/snapshot.ts'
import { insertAudit } from '../db/audit.ts'
import { bumpEpoch } from '../db/catalog.ts'
import { readMeta, writeMeta } from '../db/meta.ts'
import type { Database, Transaction } from '../db/open.ts'
import { toColumns as abonnementColumns } from '../db/records/abonnement.ts'
import { toColumns as kanaalColumns } from '../db/records/kanaal.ts'
import { fingerprint } from '../secrets/fingerprint.ts'
import { keyInUse, sealKeyCheck } from '../secrets/key-check.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { insertAbonnement, updateAbonnement } from './abonnement-rows.ts'

/** What clients made elsewhere, with the uuids that it has there. */
export type Imported = {
  abonnementen: { id: string; clientId: string; spec: AbonnementSpec; auth: Secret }[]
  kanalen: (KanaalSpec & { id: string; naam: string })[]
}

export type ImportReport = { created: number; updated: number; unchanged: number; gone: string[] }

/** In `updatedBy`: nobody has touched the row since an import wrote it, so the next one may. */
const IMPORT = 'import'
/** Kanalen belong to nobody in Open Notificaties; here to the one that brought them. */
const KANAAL_OWNER = clientOwner('open-notificaties')

/**
 * Writes abonnementen and kanalen as if their clients had made them here: uuid, owner and auth stay, so a
 * client goes on as before. One transaction; doing it again changes only what changed at the source.
 * Throws Failure `conflict`, having written nothing, when something here is somebody else's or was
 * changed here since, and `secret` for another master key. `gone`: imported earlier, no longer there at
 * the source, and left alone here. What is written is audited in the same transaction, as done by `actor`; `now` is in
 * epoch ms.
 */
export async function importCatalog(
  database: Database,
  masterKey: MasterKey,
  imported: Imported,
  { actor, now }: { actor: string; now: number },
): Promise<ImportReport> {
  return database.transaction(async (tx) => {
    await bumpEpoch(tx)
    const stored = await readMeta(tx, 'master_key_check')
    const key = keyInUse(masterKey, stored)
    if (stored === undefined) await writeMeta(tx, 'master_key_check', sealKeyCheck(key))
    const report: ImportReport = { created: 0, updated: 0, unchanged: 0, gone: [] }
    const written: Written = { abonnementen: [], kanalen: [] }
    const conflicts = [
      ...(await importKanalen(tx, imported.kanalen, report, written, now)),
      ...(await importAbonnementen(tx, key, imported.abonnementen, report, written, now)),
    ]
    if (conflicts.length > 0) {
      throw new Failure('conflict', `nothing was imported:\n${conflicts.map((line) => `  ${line}`).join('\n')}`)
    }
    if (report.created + report.updated > 0) {
      const { created, updated } = report
      const entry = { actor, action: 'configuration.import', subject: 'what clients made elsewhere', result: 'done' }
      await insertAudit(tx, { ...entry, detail: { created, updated, ...written } }, now)
    }
    return report
  })
}

/** What was created or updated: uuids and names. */
type Written = { abonnementen: string[]; kanalen: string[] }

async function importKanalen(
  tx: Transaction,
  kanalen: Imported['kanalen'],
  report: ImportReport,
  written: Written,
  now: number,
): Promise<string[]> {
  if (kanalen.length === 0) return []
  const rows = await tx.kanaal.findMany()
  const conflicts: string[] = []
  for (const [index, { id, naam, ...spec }] of kanalen.entries()) {
    const columns = kanaalColumns(spec)
    const known = rows.find((row) => row.naam === naam || row.id === id)
    const audit = { updatedAt: BigInt(now), updatedBy: IMPORT }
    if (known === undefined) {
      const createdAt = BigInt(now - kanalen.length + index)
      await tx.kanaal.create({ data: { id, naam, owner: KANAAL_OWNER, hash: '', ...columns, createdAt, ...audit } })
      report.created += 1
      written.kanalen.push(naam)
    } else if (known.id !== id || known.naam !== naam || known.owner !== KANAAL_OWNER) {
      conflicts.push(`kanaal ${JSON.stringify(naam)} is here already: ${whose(known.owner)}`)
    } else if (known.documentatieLink === columns.documentatieLink && known.filters === columns.filters) {
      report.unchanged += 1
    } else if (known.updatedBy === IMPORT) {
      await tx.kanaal.update({ where: { id }, data: { ...columns, ...audit } })
      report.updated += 1
      written.kanalen.push(naam)
    } else conflicts.push(`kanaal ${JSON.stringify(naam)} was changed here since it was imported`)
  }
  return conflicts
}

async function importAbonnementen(
  tx: Transaction,
  key: MasterKey,
  abonnementen: Imported['abonnementen'],
  report: ImportReport,
  written: Written,
  now: number,
): Promise<string[]> {
  const rows = new Map((await tx.abonnement.findMany()).map((row) => [row.id, row]))
  const secrets = await tx.secret.findMany({ where: { kind: 'abonnementen', field: 'auth.value', slot: 'current' } })
  const fingerprints = new Map(secrets.map((row) => [row.objectId, row.fingerprint]))
  const conflicts: string[] = []
  for (const [index, { id, clientId, spec, auth }] of abonnementen.entries()) {
    const owner = clientOwner(clientId)
    const known = rows.get(id)
    rows.delete(id)
    // Whoever lists abonnementen gets the oldest first, as at the source.
    const write = { id, owner, spec, auth, now: now - abonnementen.length + index }
    if (known === undefined) {
      await insertAbonnement(tx, key, write)
      report.created += 1
    } else if (known.owner !== owner) {
      conflicts.push(`abonnement ${id} of client ${JSON.stringify(clientId)} is here already: ${whose(known.owner)}`)
      continue
    } else if (isSame(known, spec) && fingerprints.get(id) === fingerprintOf(key, id, auth)) {
      report.unchanged += 1
      continue
    } else if (known.updatedBy === IMPORT) {
      await updateAbonnement(tx, key, write)
      report.updated += 1
    } else {
      conflicts.push(
        `abonnement ${id} was changed here by its client ${JSON.stringify(clientId)} since it was imported`,
      )
      continue
    }
    await tx.abonnement.update({ where: { id }, data: { updatedBy: IMPORT } })
    written.abonnementen.push(id)
  }
  report.gone = [...rows.values()].filter(({ updatedBy }) => updatedBy === IMPORT).map(({ id }) => id)
  return conflicts
}

type Columns = ReturnType<typeof abonnementColumns>

function isSame(row: Columns, spec: AbonnementSpec): boolean {
  const columns = abonnementColumns(spec)
  const keys = ['callbackUrl', 'auth', 'kanalen', 'cloudEvents', 'delivery', 'client'] as const
  return keys.every((key) => row[key] === columns[key])
}

function fingerprintOf(key: MasterKey, objectId: string, auth: Secret): string {
  return fingerprint(key, auth, { objectId, kind: 'abonnementen', field: 'auth.value', slot: 'current' })
}

function whose(owner: string): string {
  return isDeclared(owner)
    ? `the configuration "${owner}" declares it`
    : `it belongs to client ${JSON.stringify(owner.replace('client:', ''))}`
}
