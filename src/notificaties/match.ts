import { foldKey } from '../common/key-folding.ts'
import type { KanaalFilter } from '../common/model.ts'
import type { Snapshot } from '../common/snapshot.ts'
import { indexEntries, type FindCandidates } from './entry-index.ts'
import { demandsOf, meets, type Demand } from './filters.ts'
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

/** The same with the work per snapshot done once: entries by kanaal and by what they demand, keys folded. */
export function compileMatcher({ abonnementen }: Pick<Snapshot, 'abonnementen'>): Matcher {
  const entries = new Map<string, Entry[]>()
  for (const [place, { id, kanalen }] of [...abonnementen.values()].entries()) {
    for (const kanaal of kanalen) {
      const others = entries.get(kanaal.naam) ?? []
      others.push({ place, id, ...compileEntry(kanaal) })
      entries.set(kanaal.naam, others)
    }
  }
  const byKanaal = new Map<string, FindCandidates<Entry>>()
  for (const [naam, each] of entries) byKanaal.set(naam, indexEntries(each))
  return (notificatie) => {
    const matched = new Map<number, string>()
    for (const { place, id, passes } of byKanaal.get(notificatie.kanaal)?.(notificatie.kenmerken) ?? []) {
      if (!matched.has(place) && passes(notificatie)) matched.set(place, id)
    }
    return [...matched].toSorted(([a], [b]) => a - b).map(([, id]) => id)
  }
}

/** One entry of an abonnement for a kanaal; `place` is the abonnement's among all. */
type Entry = { place: number; id: string; demands: Demand[]; passes: (notificatie: Notificatie) => boolean }

function compileEntry({ filters, acties, resources }: KanaalFilter): Pick<Entry, 'demands' | 'passes'> {
  const demands = demandsOf(filters, foldKey)
  const names = (list: readonly string[]): Set<string> => new Set(list.map((name) => name.toLowerCase()))
  const wantedActies = names(acties)
  const wantedResources = names(resources)
  const passes: Entry['passes'] = ({ actie, resource, kenmerken }) =>
    (wantedActies.size === 0 || wantedActies.has(actie.toLowerCase())) &&
    (wantedResources.size === 0 || wantedResources.has(resource.toLowerCase())) &&
    meets(demands, kenmerken)
  return { demands, passes }
}
