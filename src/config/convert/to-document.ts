import type { OpenNotificaties } from '../../common/open-notificaties.ts'
import type { Converted } from './converted.ts'
import { makeAbonnementen } from './document/abonnementen.ts'
import { makeAutorisaties } from './document/autorisaties.ts'
import { startMaking, type DocumentOptions } from './document/context.ts'
import { makeClientCredentials } from './document/credentials.ts'
import { makeKanalen } from './document/kanalen.ts'
import { tellLoopback } from './document/loopback.ts'
import { makeRetry } from './document/retry.ts'
import type { Findings } from './findings.ts'

/** What an Open Notificaties is configured with, as the objects of a Bode document. */
export function toDocument(facts: OpenNotificaties, findings: Findings, options: DocumentOptions): Converted {
  const making = startMaking(facts, findings, options)
  const domain = typeof facts.domain === 'object' ? facts.domain.variable : (facts.domain ?? '')
  if (/^[\w.:${}-]+$/.test(domain)) {
    making.converted.header.push(`Open Notificaties was told that it is ${domain}: publicUrl: https://${domain}`)
  }
  makeAutorisaties(making)
  makeClientCredentials(making)
  makeKanalen(making)
  makeAbonnementen(making)
  makeRetry(making)
  tellLoopback(making)
  return making.converted
}
