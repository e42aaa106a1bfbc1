import type { Diagnostic } from '../../common/diagnostics.ts'
import type { Origin } from '../../common/open-notificaties.ts'

export type Finding = { id: string; message: string; label?: string; help?: string[] }

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
