import type { OpenNotificaties } from '../../../common/open-notificaties.ts'
import type { Findings } from '../findings.ts'
import type { Section } from '../section.ts'

/** One step of Open Notificaties' setup_configuration. */
export type Step = {
  name: string
  /** The flag that makes Open Notificaties run it, and what an older version called it. */
  enable: readonly string[]
  namespace: readonly string[]
  /** Adds what the step would have written to `facts`. */
  read(section: Section, facts: OpenNotificaties, findings: Findings): void
}

/**
 * Open Notificaties writes the items of a list one after another, so of two with one key the later one
 * stands; nobody is told. Here somebody is.
 */
export function addOrReplace<T extends { origin: { shown: string; position?: unknown } }>(
  list: T[],
  item: T,
  same: (other: T) => boolean,
  findings: Findings,
): void {
  const index = list.findIndex(same)
  if (index === -1) {
    list.push(item)
    return
  }
  const first = list[index]!.origin.position as { line: number } | undefined
  findings.warn(item.origin.position as Parameters<Findings['warn']>[0], {
    id: 'duplicate',
    message: `${item.origin.shown} stands in the file twice; Open Notificaties silently used this one`,
    ...(first === undefined ? {} : { label: `first on line ${first.line}` }),
  })
  list[index] = item
}
