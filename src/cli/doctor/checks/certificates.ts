import { EgressError } from '../../../egress/egress-error.ts'
import type { TlsIdentity } from '../../../egress/secure-context.ts'
import type { Examination } from '../examination.ts'
import { day, explainCertificate } from '../explain-failure.ts'
import { reporter, type Finding } from '../finding.ts'
import type { Job, Limit } from '../runner.ts'
import { identityOf, type AnySubject, type Subjects } from '../subjects.ts'

const DAY_MS = 24 * 3_600_000
const SOON_DAYS = 30

type Use = { url: string; address: string; place: string; identity: TlsIdentity | undefined }

/** The certificate of every host that is called over https, once per host and whoever has certificates of its own. */
export function certificateJobs(examination: Examination): Job[] {
  const byHost = new Map<string, Use[]>()
  for (const use of usesOf(examination.subjects)) {
    const { protocol, host } = new URL(use.url)
    const key = `${host} ${use.identity?.name ?? ''}`
    if (protocol === 'https:') byHost.set(key, [...(byHost.get(key) ?? []), use])
  }
  return [...byHost].map(([key, uses]) => {
    const host = key.slice(0, key.indexOf(' '))
    return { check: 'certificates', subject: host, run: (limit) => look(host, uses, examination, limit) }
  })
}

/** Every URL that Bode calls, and who says so. */
function usesOf({ externalCredentials, abonnementen, autorisaties }: Subjects): Use[] {
  return [
    ...[autorisaties, ...externalCredentials].flatMap((subject) =>
      subject === undefined ? [] : [useOf(subject, subject.spec.apiRoot, 'apiRoot', identityOf(subject))],
    ),
    ...abonnementen.flatMap((subject) => {
      const { callbackUrl, auth } = subject.spec
      return [
        useOf(subject, callbackUrl, 'callbackUrl', identityOf(subject)),
        ...('tokenUrl' in auth ? [useOf(subject, auth.tokenUrl, 'auth.tokenUrl', undefined)] : []),
      ]
    }),
  ].filter(({ url }) => URL.canParse(url))
}

function useOf(
  { address, place }: Pick<AnySubject, 'address' | 'place'>,
  url: string,
  field: string,
  identity: TlsIdentity | undefined,
): Use {
  return { url, address, place: place(field), identity }
}

async function look(
  host: string,
  uses: readonly Use[],
  { inspect, clock }: Examination,
  limit: Limit,
): Promise<Finding[]> {
  const [first] = uses as [Use, ...Use[]]
  const report = reporter('certificates', host)
  const users = usedBy(uses)
  const now = clock.now()
  try {
    const certificate = await inspect(first.url, limit.remainingMs(), first.identity)
    const wrong = explainCertificate(host, certificate, { now, place: first.place })
    if (wrong !== undefined) return [report.failed({ ...wrong, message: `${wrong.message} (${users})` })]
    const { validTo, issuer } = certificate
    const days = Math.floor((validTo - now) / DAY_MS)
    if (days >= SOON_DAYS) return [report.ok('valid', `valid until ${day(validTo)}, issued by "${issuer}" (${users})`)]
    const message = `it expires on ${day(validTo)}, in ${days} ${days === 1 ? 'day' : 'days'} (${users})`
    const advice = { what: 'renew the certificate', where: `the web server or ingress of ${host}` }
    return [report.warning({ id: 'expires-soon', message, advice })]
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    return [report.skipped('not-seen', `it cannot be looked at: ${error.message} (${users})`)]
  }
}

function usedBy(uses: readonly Use[]): string {
  const addresses = [...new Set(uses.map(({ address }) => address))]
  const [first = '', ...others] = addresses
  return others.length === 0 ? `for ${first}` : `for ${first} and ${others.length} more`
}
