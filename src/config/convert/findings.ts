import type { Diagnostic } from '../../common/diagnostics.ts'
import type { Origin } from '../../common/open-notificaties.ts'

/** What a conversion can find, behind `convert/`. A pipeline may look for these, so they stay. */
export const FINDING_IDS = [
  'auth-unsupported',
  'certificate',
  'component',
  'conflicting-filter',
  'duplicate',
  'duplicate-key',
  'duplicate-uuid',
  'empty-auth',
  'empty-secret',
  'ignored-zero',
  'left-out',
  'literal-secret',
  'local-scopes',
  'loopback',
  'maybe-own-abonnement',
  'merged-filters',
  'missing',
  'no-autorisaties',
  'no-credentials',
  'not-text',
  'optional-variable',
  'own-abonnement',
  'pseudo-filter',
  'retry-unknown',
  'several-documents',
  'skipped',
  'static-token',
  'step-disabled',
  'unknown-key',
  'unknown-service',
  'unknown-step',
  'unset-name',
  'unused-service',
  'url-credentials',
  'wrong-type',
] as const

export type Finding = { id: (typeof FINDING_IDS)[number]; message: string; label?: string; help?: string[] }

/** Collects what a person should know of a conversion. No message holds a value that may be a secret. */
export class Findings {
  readonly diagnostics: Diagnostic[] = []

  warn(at: Origin['position'], finding: Finding): void {
    this.#add('warning', at, finding)
  }

  /** What Open Notificaties would refuse too: there is nothing to convert. */
  error(at: Origin['position'], finding: Finding): void {
    this.#add('error', at, finding)
  }

  #add(severity: Diagnostic['severity'], position: Origin['position'], { id, ...finding }: Finding): void {
    this.diagnostics.push({
      id: `convert/${id}`,
      severity,
      ...finding,
      ...(position === undefined ? {} : { position }),
    })
  }
}
