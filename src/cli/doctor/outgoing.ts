import { Secret } from '../../common/secret.ts'
import { authorizationFor } from '../../egress/authorization.ts'
import type { Examination } from './examination.ts'
import type { Limit } from './runner.ts'
import { currentSecret, type Subject } from './subjects.ts'

/**
 * The Authorization that a delivery to `abonnement` would have now; undefined for none. Throws EgressError
 * when there is none to be had.
 */
export async function authorizationOf(
  { spec: { auth }, ...abonnement }: Subject<'abonnementen'>,
  { clock, oauth2 }: Examination,
  limit: Limit,
): Promise<Secret | undefined> {
  const authorization = await authorizationFor(
    { auth, authSecret: currentSecret(abonnement) },
    { now: clock.now(), oauth2: oauth2(limit.egress) },
  )
  return authorization === undefined ? undefined : new Secret(authorization)
}
