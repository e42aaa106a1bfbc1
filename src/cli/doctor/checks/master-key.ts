import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Environment } from '../../../common/environment.ts'
import { Failure } from '../../../common/failure.ts'
import { readMeta } from '../../../db/meta.ts'
import type { Database } from '../../../db/open.ts'
import { demandSameKey } from '../../../secrets/key-check.ts'
import { loadMasterKey, type MasterKey } from '../../../secrets/master-key.ts'
import { reporter, type Finding, type Remark } from '../finding.ts'

const WHERE = 'BODE_MASTER_KEY or BODE_MASTER_KEY_FILE, here and where bode serve runs'

/** Is there a master key, does it open this database's secrets, and is it kept well. */
export async function masterKeyFindings(
  environment: Environment,
  database: Database | undefined,
): Promise<{ key: MasterKey | undefined; findings: Finding[] }> {
  const report = reporter('master-key', 'BODE_MASTER_KEY')
  let key: MasterKey | undefined
  try {
    key = loadMasterKey(environment)
    if (database !== undefined) demandSameKey(key, await readMeta(database.reader, 'master_key_check'))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { key: undefined, findings: [report.failed(unusable(error, key !== undefined))] }
  }
  const fits = database === undefined ? 'it is well formed' : 'it is the one of this database'
  const backup = 'keep a copy apart from the backups of the database: without it no secret can be read'
  return { key, findings: [report.ok('fits', `${fits}; ${backup}`), ...(await fileFindings(environment, database))] }
}

/** The failures themselves name the command that makes a key; which advice fits depends on whether there is one. */
function unusable({ message }: Failure, isKey: boolean): Remark {
  const what = isKey
    ? 'use the key with which this database was first applied'
    : 'make a key with bode secrets key --write FILE, unless there is one, and name its file'
  return { id: isKey ? 'other' : 'unusable', message, advice: { what, where: WHERE }, side: 'secret' }
}

async function fileFindings(environment: Environment, database: Database | undefined): Promise<Finding[]> {
  const path = environment['BODE_MASTER_KEY_FILE']
  if (path === undefined || path === '') return []
  const report = reporter('master-key', path)
  const { mode } = await stat(path)
  const findings: Finding[] = []
  if ((mode & 0o007) !== 0) {
    const message = `every user of this machine may open the file (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`
    const advice = { what: `chmod 600 ${path}`, where: 'this machine' }
    findings.push(report.warning({ id: 'permissions', message, advice, side: 'secret' }))
  }
  if (database?.provider === 'sqlite' && dirname(path) === dirname(database.target.shown)) {
    const message = 'it lies beside the database, so a copy of that folder holds every secret and its key'
    const advice = { what: 'keep the key in another place', where: 'BODE_MASTER_KEY_FILE' }
    findings.push(report.warning({ id: 'beside-database', message, advice, side: 'secret' }))
  }
  return findings
}
