import type { InvalidParam, Problem } from '../common/problem.ts'
import { PROBLEM_CATALOGUE } from './problem-catalogue.ts'

/** Fout, and with `invalidParams` ValidatieFout, of the standard. */
export type ProblemDocument = {
  type: string
  code: string
  title: string
  status: number
  detail: string
  instance: string
  invalidParams?: readonly InvalidParam[]
}

/**
 * The document of a refusal, members in the order that clients see today. `root` is the absolute root of
 * the request; `requestId` is a uuid, and the log has it too. Pure.
 */
export function problemDocument(
  { kind, details }: Problem,
  { root, requestId }: { root: string; requestId: string },
): ProblemDocument {
  const { status, class: className, code, title } = PROBLEM_CATALOGUE[kind]
  return {
    type: `${root}/ref/fouten/${className}/`,
    code: details.code ?? code,
    title,
    status,
    detail: details.detail ?? title,
    instance: `urn:uuid:${requestId}`,
    ...(details.invalidParams === undefined ? {} : { invalidParams: details.invalidParams }),
  }
}
