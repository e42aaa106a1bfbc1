import { isConsistentWith } from '../common/consistent-filters.ts'
import type { KanaalFilter } from '../common/model.ts'
import { invalid, type InvalidParam } from '../common/problem.ts'
import type { Snapshot } from '../common/snapshot.ts'

/**
 * Throws Problem `invalid` unless every entry names a kanaal that exists, with filters that agree with
 * it (behaviour reference §1.4); the first fault only, named without an index, as clients know it. What
 * this snapshot refuses is checked once more against a fresh one.
 */
export async function demandKanalen(
  entries: readonly KanaalFilter[],
  { snapshot, reload }: { snapshot: () => Snapshot; reload: () => Promise<Snapshot> },
): Promise<void> {
  if (firstFault(entries, snapshot()) === undefined) return
  const fault = firstFault(entries, await reload())
  if (fault !== undefined) throw invalid(fault)
}

function firstFault(entries: readonly KanaalFilter[], { kanalen }: Snapshot): InvalidParam | undefined {
  for (const { naam, filters } of entries) {
    const kanaal = kanalen.get(naam)
    if (kanaal === undefined) return UNKNOWN_KANAAL
    if (!isConsistentWith(kanaal.filters, Object.keys(filters))) return INCONSISTENT
  }
  return undefined
}

const UNKNOWN_KANAAL: InvalidParam = {
  name: 'naam',
  code: 'kanaal_naam',
  reason: 'Kanaal met deze naam bestaat niet.',
}
const INCONSISTENT: InvalidParam = {
  name: 'filters',
  code: 'inconsistent-abonnement-filters',
  reason: 'De abonnementfilters komen niet overeen met de kanaalfilters',
}
