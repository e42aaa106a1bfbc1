import { readApplicatie } from '../../../autorisaties/applicatie.ts'
import { accessOf, ask, explainTrouble, type Access } from '../autorisaties-access.ts'
import type { Examination } from '../examination.ts'
import { SCREENS } from '../explain-autorisaties.ts'
import { reporter, type Finding } from '../finding.ts'
import type { Job, Limit } from '../runner.ts'
import { remoteClock } from './clock.ts'

/** How Autorisaties APIs name themselves among the components. */
const ITSELF = 'ac'
const READ = 'autorisaties.lezen'

/** Can the Autorisaties API be asked as a server asks it, and may we: by asking about our own Client ID. */
export function autorisatiesJobs(examination: Examination): Job[] {
  const { autorisaties, clientCredentials } = examination.subjects
  const subject = autorisaties?.address ?? 'autorisaties'
  const report = reporter('autorisaties', subject)
  const needed = clientCredentials.some(({ spec }) => spec.authorizedBy === 'autorisaties')
  const run = async (limit: Limit): Promise<Finding[]> => {
    if (autorisaties === undefined && !needed) {
      return [report.skipped('not-needed', 'no client needs an Autorisaties API: all have scopes of their own')]
    }
    const found = accessOf(examination)
    if ('gap' in found) return [report.failed(found.gap)]
    const { access } = found
    const asked = await ask(examination, access, access.caller.clientId, limit)
    const clock = asked.clockLeadMs === undefined ? [] : [remoteClock(access, asked.clockLeadMs)]
    if (asked.trouble !== undefined) {
      return [report.failed(await explainTrouble(asked.trouble, examination, access, limit)), ...clock]
    }
    const { host } = new URL(access.autorisaties.spec.apiRoot)
    const accepted = `${host} answers and accepts Client ID "${access.caller.clientId}"`
    return [report.ok('reachable', accepted), ownApplicatie(asked.results, access), ...clock]
  }
  return [{ check: 'autorisaties', subject, run }]
}

/** It let us read, so this is only about what it lets us read tomorrow. */
function ownApplicatie(results: readonly unknown[], { credential, caller: { clientId } }: Access): Finding {
  const report = reporter('autorisaties', credential.address)
  const own = results.flatMap((result) => readApplicatie(result, clientId, ITSELF) ?? [])
  if (own.some(({ heeftAlleAutorisaties, scopes }) => heeftAlleAutorisaties || scopes.includes(READ))) {
    return report.ok('own-applicatie', `its applicatie there may read applicaties (${READ})`)
  }
  const message =
    own.length === 0
      ? `it may read applicaties now, though no applicatie there has Client ID "${clientId}"`
      : `it may read applicaties now, though its applicatie there has no ${READ}`
  const what = `give an applicatie with Client ID "${clientId}" the scope ${READ} for component Autorisaties API (${ITSELF})`
  return report.warning({ id: 'own-applicatie-missing', message, advice: { what, where: SCREENS.applicaties } })
}
