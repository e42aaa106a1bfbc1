import { readClaims, type Claims } from '../../../common/static-jwt.ts'
import { day } from '../explain-failure.ts'
import { reporter, type Finding } from '../finding.ts'
import { currentSecret, type Subject, type Subjects } from '../subjects.ts'

const DAY_MS = 24 * 3_600_000
const SOON_MS = 14 * DAY_MS
/** What ZGW components forgive: they refuse a token whose `iat` is older, whatever its `exp`. */
const ZGW_MAX_AGE_MS = 3_600_000

/** Abonnementen whose Authorization is a JWT made once: it rots, and deliveries end in 401 or 403. */
export function staticJwtFindings({ abonnementen }: Subjects, now: number): Finding[] {
  return abonnementen.flatMap((abonnement) => {
    const secret = abonnement.spec.auth.type === 'api_key' ? currentSecret(abonnement) : undefined
    const claims = secret === undefined ? undefined : readClaims(secret)
    return claims === undefined ? [] : [judge(abonnement, claims, now)]
  })
}

function judge(abonnement: Subject<'abonnementen'>, { exp, iat, zgw }: Claims, now: number): Finding {
  const report = reporter('jwt', abonnement.address)
  const advice = {
    what: 'use auth type zgw (a fresh token for every request) or oauth2_client_credentials, or put in a new token',
    where: abonnement.place('auth'),
  }
  if (exp !== undefined && exp <= now) {
    const message = `its auth is a fixed JWT that expired on ${day(exp)}; the callback will refuse it`
    return report.failed({ id: 'expired', message, advice, side: 'secret' })
  }
  if (exp !== undefined && exp - now < SOON_MS) {
    const message = `its auth is a fixed JWT that expires on ${new Date(exp).toISOString()}`
    return report.warning({ id: 'expires-soon', message, advice, side: 'secret' })
  }
  if (zgw && iat !== undefined && now - iat > ZGW_MAX_AGE_MS) {
    const message = `its auth is a fixed ZGW JWT of ${day(iat)}; ZGW components refuse one that is older than an hour`
    return report.warning({ id: 'old', message, advice, side: 'secret' })
  }
  if (exp === undefined) {
    return report.ok('no-end', 'its auth is a fixed JWT that names no end')
  }
  return report.ok('valid', `its auth is a fixed JWT that is valid until ${day(exp)}`)
}
