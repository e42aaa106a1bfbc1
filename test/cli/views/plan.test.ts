import t from 'tap'
import { renderPlan } from '../../../src/cli/views/plan.ts'
import { styleFor } from '../../../src/cli/views/style.ts'
import type { Change, FieldChange, Plan } from '../../../src/reconcile/plan.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const origin = { file: 'bode.yaml', line: 7, column: 3 }

function change(fields: FieldChange[], more: Partial<Change> = {}): Change {
  const object = { address: 'clientCredentials.zac', kind: 'clientCredentials', key: 'zac', id: 'z' } as const
  return { action: 'update', ...object, owner: 'gemeente', origin, fields, consequences: [], ...more }
}

function plan(changes: Change[], more: Partial<Plan> = {}): Plan {
  return {
    format: 'bode.plan/1',
    tool: '0',
    documents: [{ owner: 'gemeente', environment: 'prod', base: { generation: 4, digest: 'd' }, digest: 'e' }],
    summary: { create: 0, update: changes.length, delete: 0, unchanged: 3, drift: { putBack: 0, kept: 0 } },
    changes,
    drift: [],
    notDeclared: {},
    notOurs: {},
    refusals: [],
    sha256: 'f',
    ...more,
  }
}

/** Without colour, spaces folded. */
function lines(shown: Plan): string[] {
  const text = renderPlan(shown, styleFor(false), NOW)
  return text.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' '))
}

const secret = { fingerprint: '3f9a01c2', reference: 'env:OLD', expiresAt: null }

const CASES: [name: string, shown: Plan, line: string][] = [
  ['the environment', plan([change([])]), 'gemeente (generation 4, prod)'],
  [
    'when a secret that goes was last used',
    plan([
      change([
        {
          path: 'previousSecret',
          sensitive: true,
          before: { ...secret, lastUsedAt: new Date(NOW - 180_000).toISOString() },
          origin,
        },
      ]),
    ]),
    '- previousSecret fingerprint 3f9a01c2 env:OLD last used 3 min ago',
  ],
  [
    'a secret that is not looked up yet',
    plan([change([{ path: 'secret', sensitive: true, after: { ...secret, fingerprint: 'unknown' }, origin }])]),
    '+ secret fingerprint unknown until apply env:OLD',
  ],
  [
    'a rename',
    plan([change([{ path: 'name', before: 'old', after: 'zac', origin }])]),
    '~ clientCredentials.zac renamed from old bode.yaml:7',
  ],
  [
    'what is kept of drift, when nothing changes',
    plan([], { drift: [drift(true)], summary: { ...plan([]).summary, drift: { putBack: 0, kept: 1 } } }),
    'No changes. 3 objects match generation 4; 1 changed outside and kept.',
  ],
  [
    'drift that goes with its object',
    plan([change([], { action: 'delete', id: 'k', origin: null })], { drift: [drift(false)] }),
    '! drift kanalen.zaken changed outside git by jan, 2026-11-24 10:00:00Z (goes with it)',
  ],
]

function drift(kept: boolean): Plan['drift'][number] {
  const object = { address: 'kanalen.zaken', kind: 'kanalen', key: 'zaken', id: 'k', owner: 'gemeente' } as const
  return { ...object, fields: [], changedBy: 'jan', changedAt: '2026-11-24T10:00:00.000Z', gone: false, kept }
}

void t.test('a plan shows', async (t) => {
  for (const [name, shown, line] of CASES) {
    const found = lines(shown)
    t.ok(found.includes(line), name, { found, line })
  }
})

void t.test('a plan of a version that did not look for drift is shown too', async (t) => {
  const { drift: _drift, ...old } = plan([change([])])
  t.match(lines(old as Plan).at(-2), /^Plan: 0 to create, 1 to update, 0 to delete\. sha256:f$/)
})
