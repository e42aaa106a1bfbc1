import type { Clock } from '../../common/clock.ts'
import type { PeerCertificate } from '../../egress/inspect-peer.ts'
import type { TlsIdentity } from '../../egress/secure-context.ts'
import type { OAuth2 } from '../../egress/oauth2.ts'
import type { Egress } from '../../egress/egress.ts'
import type { Subjects } from './subjects.ts'

/** What the checks on other systems work with. */
export type Examination = {
  subjects: Subjects
  clock: Clock
  /** The certificate at the host of an https URL, looked at once per host and identity. Throws EgressError. */
  inspect: (url: string, timeoutMs: number, identity?: TlsIdentity) => Promise<PeerCertificate>
  /** Tokens through a job's own egress, so that they end with it. */
  oauth2: (egress: Egress) => OAuth2
}
