import { EgressError } from '../../../egress/egress-error.ts'
import type { Examination } from '../examination.ts'
import { explainFailure } from '../explain-failure.ts'
import { reporter, type Finding } from '../finding.ts'
import { authorizationOf } from '../outgoing.ts'
import type { Job, Limit } from '../runner.ts'
import { currentSecret, type Subject } from '../subjects.ts'

/** Every token that a delivery needs first: can it be had? */
export function tokenJobs(examination: Examination): Job[] {
  return examination.subjects.abonnementen
    .filter(({ spec: { auth } }) => auth.type === 'zgw' || auth.type === 'oauth2_client_credentials')
    .map((abonnement) => ({
      check: 'tokens',
      subject: abonnement.address,
      run: (limit) => obtain(abonnement, examination, limit),
    }))
}

async function obtain(abonnement: Subject<'abonnementen'>, examination: Examination, limit: Limit): Promise<Finding[]> {
  const { auth } = abonnement.spec
  const report = reporter('tokens', abonnement.address)
  if (currentSecret(abonnement) === undefined) return [report.skipped('no-secret', 'its secret is not there')]
  try {
    await authorizationOf(abonnement, examination, limit)
    const made = `a ZGW token is made for each request, as ${'clientId' in auth ? auth.clientId : ''}`
    return [
      'tokenUrl' in auth
        ? report.ok('obtained', `${new URL(auth.tokenUrl).host} gives a token to ${auth.clientId}`)
        : report.ok('made', made),
    ]
  } catch (error) {
    if (!(error instanceof EgressError) || !('tokenUrl' in auth)) throw error
    return [report.failed(await explain(error, { abonnement, examination, limit, ...auth }))]
  }
}

type Obtaining = {
  abonnement: Subject<'abonnementen'>
  examination: Examination
  limit: Limit
  tokenUrl: string
  clientId: string
}

function explain(error: EgressError, { abonnement, examination, limit, tokenUrl, clientId }: Obtaining) {
  const { subjects, clock, inspect } = examination
  const { host } = new URL(tokenUrl)
  if (error.errorClass !== 'auth') {
    return explainFailure({
      error,
      url: tokenUrl,
      place: abonnement.place('auth.tokenUrl'),
      egressPlace: subjects.placeOf('egress'),
      now: clock.now(),
      inspect: () => inspect(tokenUrl, limit.remainingMs()),
    })
  }
  const refused = /answered 40[013]$/.test(error.message)
  const message = `${host} gives no token: ${error.message}`
  return refused
    ? {
        id: 'refused',
        message,
        advice: {
          what: `see that client "${clientId}" exists there with this secret, this scope and the grant client credentials`,
          where: `the clients of ${host}, and ${abonnement.place('auth')}`,
        },
      }
    : {
        id: 'no-token',
        message,
        advice: { what: 'let it point at the token endpoint (RFC 6749)', where: abonnement.place('auth.tokenUrl') },
      }
}
