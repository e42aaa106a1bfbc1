import { foldKey } from '../common/key-folding.ts'
import type { KanaalFilter } from '../common/model.ts'
import type { Snapshot } from '../common/snapshot.ts'
import { compileFilters } from './filters.ts'
import type { Notificatie } from './notificatie.ts'

export type Matcher = (notificatie: Notificatie) => string[]

/**
 * The ids of the abonnementen that get a message, in the order of the snapshot (behaviour reference
 * §2.1). An abonnement gets it once when at least one of its entries for the kanaal passes; an entry
 * passes when all of its filters do:
 *
 * - a filter on a kenmerk that the message does not have passes, and so does the value `*`;
 * - else the values must be equal, capitals included; keys are compared folded;
 * - acties and resources, when given, must name the message's, whatever the capitals: publishers exist
 *   that send `CREATE`.
 */
export function matchAbonnementen(snapshot: Pick<Snapshot, 'abonnementen'>, notificatie: Notificatie): string[] {
  return compileMatcher(snapshot)(notificatie)
}

/** The same with the work per snapshot done once: entries by kanaal, keys folded. */
export function compileMatcher({ abonnementen }: Pick<Snapshot, 'abonnementen'>): Matcher {
  const byKanaal = new Map<string, Candidate[]>()
  for (const { id, kanalen } of abonnementen.values()) {
    for (const entry of kanalen) {
      const candidates = byKanaal.get(entry.naam) ?? []
      candidates.push({ id, passes: compileEntry(entry) })
      byKanaal.set(entry.naam, candidates)
    }
  }
  return (notificatie) => {
    const matched = new Set<string>()
    for (const { id, passes } of byKanaal.get(notificatie.kanaal) ?? []) {
      if (!matched.has(id) && passes(notificatie)) matched.add(id)
    }
    return [...matched]
  }
}

type Candidate = { id: string; passes: (notificatie: Notificatie) => boolean }

function compileEntry({ filters, acties, resources }: KanaalFilter): Candidate['passes'] {
  const agrees = compileFilters(filters, foldKey)
  const names = (list: readonly string[]): Set<string> => new Set(list.map((name) => name.toLowerCase()))
  const wantedActies = names(acties)
  const wantedResources = names(resources)
  return ({ actie, resource, kenmerken }) =>
    (wantedActies.size === 0 || wantedActies.has(actie.toLowerCase())) &&
    (wantedResources.size === 0 || wantedResources.has(resource.toLowerCase())) &&
    agrees(kenmerken)
}
