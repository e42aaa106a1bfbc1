import type { Shown } from './shown.ts'

/** The outcome for programs; the diagnostics stand beside it. Text that ends in a line feed. */
export function renderJson({ json, diagnostics = [], problem }: Shown): string {
  const value = problem === undefined ? json : { error: problem, diagnostics }
  return `${JSON.stringify(withDiagnostics(value, diagnostics), null, 2)}\n`
}

function withDiagnostics(value: unknown, diagnostics: NonNullable<Shown['diagnostics']>): unknown {
  if (diagnostics.length === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return { ...value, diagnostics }
}
