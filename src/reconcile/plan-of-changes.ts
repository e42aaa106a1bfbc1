import { version } from '../common/package-root.ts'
import { digestOf } from './content-hash.ts'
import type { Change, Plan, PlannedDocument } from './plan.ts'

/** The plan of an operation that is no comparison with a document: the history shows it as it shows an apply. */
export function planOfChanges(documents: PlannedDocument[], changes: Change[], unchanged: number): Plan {
  const tally = (action: Change['action']): number => changes.filter((change) => change.action === action).length
  return {
    format: 'bode.plan/1',
    tool: version,
    documents,
    summary: {
      create: tally('create'),
      update: tally('update'),
      delete: tally('delete'),
      unchanged,
      drift: { putBack: 0, kept: 0 },
    },
    changes,
    drift: [],
    notDeclared: {},
    notOurs: {},
    refusals: [],
    sha256: digestOf({ documents, changes, refusals: [] }),
  }
}
