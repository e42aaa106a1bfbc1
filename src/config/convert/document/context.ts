import type { OpenNotificaties, Origin } from '../../../common/open-notificaties.ts'
import type { Converted, ConvertedObject } from '../converted.ts'
import type { Finding, Findings } from '../findings.ts'
import { SecretNames } from '../names.ts'

export type DocumentOptions = {
  /** Epoch ms, to tell which tokens have ended. */
  now: number
  /** False: an abonnement of a client is left out, because it is imported. */
  declares: (abonnement: OpenNotificaties['abonnementen'][number]) => boolean
}

/** What the makers of the sections share. */
export type Making = DocumentOptions & {
  facts: OpenNotificaties
  findings: Findings
  converted: Converted
  secrets: SecretNames
}

export function startMaking(facts: OpenNotificaties, findings: Findings, options: DocumentOptions): Making {
  const known = [
    ...facts.services.map(({ secret }) => secret),
    ...facts.credentials.map(({ secret }) => secret),
    ...facts.abonnementen.flatMap(({ auth, secret }) => [auth, secret]),
  ]
  return { ...options, facts, findings, converted: { objects: [], header: [] }, secrets: new SecretNames(known) }
}

/** Says it in a warning, and in a comment beside the object. */
export function note(
  { findings }: Making,
  comments: ConvertedObject['comments'],
  { position }: Origin,
  finding: Finding,
): void {
  findings.warn(position, finding)
  comments.push([finding.message, ...(finding.help ?? [])].join('; '))
}
