import { version } from '../common/package-root.ts'
import { digestOf } from './content-hash.ts'
import type { Plan, PlannedDocument } from './plan.ts'

/** A plan of nothing, for a generation that changes no object. */
export function emptyPlan(documents: PlannedDocument[], unchanged: number): Plan {
  return {
    format: 'bode.plan/1',
    tool: version,
    documents,
    summary: { create: 0, update: 0, delete: 0, unchanged, drift: { putBack: 0, kept: 0 } },
    changes: [],
    drift: [],
    notDeclared: {},
    notOurs: {},
    refusals: [],
    sha256: digestOf({ documents, changes: [], refusals: [] }),
  }
}
