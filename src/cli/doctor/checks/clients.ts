import { isObject } from '../../../common/field-rules.ts'
import { SCOPES, type Scope } from '../../../common/model.ts'
import { clientOwner } from '../../../common/snapshot.ts'
import { accessOf, ask, explainTrouble } from '../autorisaties-access.ts'
import type { Examination } from '../examination.ts'
import { SCREENS } from '../explain-autorisaties.ts'
import { reporter, type Finding, type Reporter } from '../finding.ts'
import type { Job, Limit } from '../runner.ts'
import type { Subject } from '../subjects.ts'

const [CONSUME, PUBLISH] = SCOPES

/** What each client may do, and whether it can do anything at all. `blocked`: the Autorisaties API cannot be asked. */
export function clientJobs(examination: Examination, blocked: boolean): Job[] {
  const { subjects } = examination
  return subjects.clientCredentials.map((client) => {
    const report = reporter('clients', client.address)
    const needs = needsToConsume(client.key, examination)
    const run = async (limit: Limit): Promise<Finding[]> => {
      if (client.spec.authorizedBy === 'configuration') return [byConfiguration(client, report, needs)]
      if (blocked) {
        return [report.skipped('not-asked', 'the Autorisaties API cannot be asked; see the check autorisaties')]
      }
      const found = accessOf(examination)
      if ('gap' in found) return [report.failed(found.gap)]
      const { results, trouble } = await ask(examination, found.access, client.key, limit)
      if (trouble !== undefined) return [report.failed(await explainTrouble(trouble, examination, found.access, limit))]
      return judgeApplicaties(results, client.key, {
        report,
        component: found.access.autorisaties.spec.component,
        needs,
      })
    }
    return { check: 'clients', subject: client.address, run }
  })
}

/** True when the client has abonnementen: it will want to read and change them. */
function needsToConsume(clientId: string, { subjects }: Examination): boolean {
  return subjects.abonnementen.some(
    ({ owner, spec }) => owner === clientOwner(clientId) || spec.client?.clientId === clientId,
  )
}

function byConfiguration(client: Subject<'clientCredentials'>, report: Reporter, needs: boolean): Finding {
  const { scopes } = client.spec
  const place = client.place('scopes')
  if (scopes.length === 0) {
    const advice = { what: `add scopes: [${PUBLISH}] or [${CONSUME}]`, where: place }
    return report.failed({ id: 'no-scopes', message: 'it may do nothing: it has no scopes', advice, side: 'document' })
  }
  return needs && !scopes.includes(CONSUME) ? lacksConsume(report, place) : report.ok('allowed', allowed(scopes))
}

type Judging = { report: Reporter; component: string; needs: boolean }

/** What the applicaties with this client id let it do here. Pure. */
export function judgeApplicaties(
  results: readonly unknown[],
  clientId: string,
  { report, component, needs }: Judging,
): Finding[] {
  const applicaties = results.filter(isObject).filter(({ clientIds }) => listOf(clientIds).includes(clientId))
  const where = SCREENS.applicaties
  if (applicaties.length === 0) {
    const what = `make an applicatie with Client ID "${clientId}" and its scopes for component Notificaties API (${component})`
    const others = results.length > 0 ? ' (it answers with applicaties of others: it ignores the query clientIds)' : ''
    const message = `the Autorisaties API has no applicatie with Client ID "${clientId}"${others}`
    return [report.failed({ id: 'no-applicatie', message, advice: { what, where } })]
  }
  const several = applicaties.length === 1 ? [] : [duplicate(applicaties.length, clientId, report)]
  if (applicaties.some(({ heeftAlleAutorisaties }) => heeftAlleAutorisaties === true)) {
    return [report.ok('allowed', 'its applicatie has all autorisaties'), ...several]
  }
  const rights = applicaties.flatMap(({ autorisaties }) => listOf(autorisaties)).filter(isObject)
  const scopes = ours(rights.filter((right) => right['component'] === component))
  if (scopes.length === 0) return [noRights(rights, clientId, component, report), ...several]
  return [
    needs && !scopes.includes(CONSUME) ? lacksConsume(report, where) : report.ok('allowed', allowed(scopes)),
    ...several,
  ]
}

function noRights(rights: readonly Record<string, unknown>[], clientId: string, component: string, report: Reporter) {
  const elsewhere = [...new Set(rights.filter((right) => ours([right]).length > 0).map((right) => right['component']))]
    .filter((name) => typeof name === 'string' && /^[a-z]{1,20}$/.test(name))
    .join(', ')
  const where = `${SCREENS.applicaties} > the applicatie with Client ID "${clientId}" > Manage authorizations`
  if (elsewhere !== '') {
    const message = `its applicatie has the scopes for component ${elsewhere}, not for ${component}, so they do not count here`
    const what = `give it the same scopes for component Notificaties API (${component})`
    return report.failed({ id: 'wrong-component', message, advice: { what, where } })
  }
  const message = `its applicatie has neither ${PUBLISH} nor ${CONSUME} for component ${component}`
  const what = `add ${PUBLISH} (to publish) or ${CONSUME} (to have abonnementen) for component Notificaties API (${component})`
  return report.failed({ id: 'no-rights', message, advice: { what, where } })
}

function duplicate(count: number, clientId: string, report: Reporter): Finding {
  const message = `${count} applicaties there have Client ID "${clientId}"; it may do what any of them may`
  const what = 'keep the Client ID in one applicatie: some systems look at the first one only'
  return report.warning({ id: 'duplicate-applicatie', message, advice: { what, where: SCREENS.applicaties } })
}

function lacksConsume(report: Reporter, where: string): Finding {
  return report.warning({
    id: 'no-consumeren',
    message: `it has abonnementen, and may not change them: it has no ${CONSUME}`,
    advice: { what: `add ${CONSUME}`, where },
  })
}

function ours(rights: readonly Record<string, unknown>[]): Scope[] {
  const given = new Set(rights.flatMap((right) => listOf(right['scopes'])))
  return SCOPES.filter((scope) => given.has(scope))
}

function allowed(scopes: readonly string[]): string {
  return `it may use ${scopes.join(' and ')}`
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}
