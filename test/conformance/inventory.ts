import { ADMIN } from './inventory/admin.ts'
import { API } from './inventory/api.ts'
import { AROUND } from './inventory/around.ts'
import { DELIVERIES } from './inventory/deliveries.ts'
import type { Assertion, OnFile, Verdict } from './inventory/types.ts'

/** Every test file of Open Notificaties. */
export const ON_FILES: readonly OnFile[] = [...API, ...DELIVERIES, ...AROUND, ...ADMIN]

/** Every test of Open Notificaties once, in the order of its files. */
export const ASSERTIONS: readonly Assertion[] = ON_FILES.flatMap(assertionsOf)

/** How many there are of each verdict. */
export function countsOf(assertions: readonly Assertion[]): Record<Verdict, number> {
  const count = (verdict: Verdict): number => assertions.filter((each) => each.verdict === verdict).length
  return { covered: count('covered'), differs: count('differs'), 'not applicable': count('not applicable') }
}

/** The sentence that says it. */
export function summaryOf(assertions: readonly Assertion[]): string {
  const { covered, differs, 'not applicable': not } = countsOf(assertions)
  return `${assertions.length} assertions of Open Notificaties: ${covered} covered, ${differs} differing by decision, ${not} not applicable`
}

function assertionsOf({ file, covered = {}, differs = [], notApplicable = [] }: OnFile): Assertion[] {
  return [
    ...Object.entries(covered).flatMap(([ours, tests]) =>
      tests.map((test) => ({ file, test, verdict: 'covered' as const, in: ours })),
    ),
    ...differs.flatMap(({ tests, because, in: ours }) =>
      tests.map((test) => ({ file, test, verdict: 'differs' as const, in: ours, because })),
    ),
    ...notApplicable.flatMap(({ tests, because }) =>
      tests.map((test) => ({ file, test, verdict: 'not applicable' as const, because })),
    ),
  ]
}
