import { probeCallback } from '../../../abonnementen/probe.ts'
import { Problem } from '../../../common/problem.ts'
import type { Secret } from '../../../common/secret.ts'
import { EgressError } from '../../../egress/egress-error.ts'
import type { Egress } from '../../../egress/egress.ts'
import type { TlsIdentity } from '../../../egress/secure-context.ts'
import type { Examination } from '../examination.ts'
import { judgeCallback } from '../judge-callback.ts'
import { explainFailure } from '../explain-failure.ts'
import { reporter, type Finding, type Remark } from '../finding.ts'
import { authorizationOf } from '../outgoing.ts'
import type { Job, Limit } from '../runner.ts'
import { currentSecret, identityOf, type Subject } from '../subjects.ts'

/** Every callback: does it answer, take what is authorized and refuse what is not. Sends the API's test message. */
export function callbackJobs(examination: Examination): Job[] {
  return examination.subjects.abonnementen.map((abonnement) => ({
    check: 'callbacks',
    subject: abonnement.address,
    run: (limit) => tryCallback(abonnement, examination, limit),
  }))
}

async function tryCallback(
  abonnement: Subject<'abonnementen'>,
  examination: Examination,
  limit: Limit,
): Promise<Finding[]> {
  const { callbackUrl, auth } = abonnement.spec
  const report = reporter('callbacks', abonnement.address)
  const identity = identityOf(abonnement)
  const target = { callbackUrl, identity }
  const places = { url: abonnement.place('callbackUrl'), auth: abonnement.place('auth') }
  const explain = (error: EgressError, place: string): Promise<Remark> => {
    const { subjects, clock, inspect } = examination
    return explainFailure({
      error,
      url: callbackUrl,
      place,
      egressPlace: subjects.placeOf('egress'),
      now: clock.now(),
      inspect: () => inspect(callbackUrl, limit.remainingMs(), identity),
    })
  }
  const withoutAuth = await send(limit.egress, target, undefined)
  if (withoutAuth instanceof EgressError) return [report.failed(await explain(withoutAuth, places.url))]
  const { host } = new URL(callbackUrl)
  const judging = {
    host,
    places,
    report,
    authType: auth.type,
    strict: examination.subjects.settings.callbacks.probe === 'strict',
  }
  if (auth.type === 'no_auth') return judgeCallback({ ...judging, withoutAuth })
  if (currentSecret(abonnement) === undefined) {
    return [report.skipped('no-secret', 'its secret is not there, so it was tried without only')]
  }
  let authorization: Secret | undefined
  try {
    authorization = await authorizationOf(abonnement, examination, limit)
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    return [report.skipped('no-token', `there is no token to try it with (see the check tokens): ${error.message}`)]
  }
  const withAuth = await send(limit.egress, target, authorization)
  if (typeof withAuth === 'number') return judgeCallback({ ...judging, withoutAuth, withAuth })
  if (withAuth.errorClass === 'header') return [report.failed(await explain(withAuth, places.auth))]
  const message = `${host} answered without authorization (${withoutAuth}), and with it not: ${withAuth.message}`
  const advice = { what: `see the log of ${host}`, where: places.url }
  return [report.failed({ id: withAuth.errorClass, message, advice })]
}

/** The status, or why there was none; the request is the one that the API sends when an abonnement is made. */
async function send(
  egress: Egress,
  target: { callbackUrl: string; identity: TlsIdentity | undefined },
  auth: Secret | undefined,
): Promise<number | EgressError> {
  let outcome: number | EgressError | undefined
  const watched: Egress = {
    close: () => egress.close(),
    request: async (request) => {
      try {
        const response = await egress.request(request)
        outcome = response.status
        return response
      } catch (error) {
        if (error instanceof EgressError) outcome = error
        throw error
      }
    },
  }
  try {
    await probeCallback(watched, { ...target, auth, mode: 'reachable', newCallback: false })
  } catch (error) {
    // The probe says it in Dutch, for API clients; what it saw is known here.
    if (!(error instanceof Problem)) throw error
  }
  if (outcome === undefined) throw new Error('the probe sent nothing')
  return outcome
}
