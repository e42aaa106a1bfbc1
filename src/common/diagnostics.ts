/** A place in a source file. Lines and columns count from 1; length is in UTF-16 code units. */
export type Position = {
  file: string
  line: number
  column: number
  length: number
}

/**
 * One problem (or warning) found in a document, as data: the view decides how it looks. `message`
 * and `hint` never contain a value that stands at a secret position.
 */
export type Diagnostic = {
  /** Stable id, for example `schema/unknown-key`. */
  id: string
  severity: 'error' | 'warning'
  message: string
  /** Where; absent for a problem of the whole run. */
  position?: Position
  /** Dotted address in the document, for example `clientCredentials.open-zaak`. */
  path?: string
  /** Short text at the caret, for example `did you mean "secret"?`. */
  label?: string
  /** Further lines of help: allowed keys, what to write instead. */
  help?: string[]
  /** The lines around the position. Whoever makes it masks every secret, so a view may print it. */
  frame?: readonly FrameLine[]
}

/** A line of a source file, safe to print. `caret` marks, on the line itself, what the diagnostic is about. */
export type FrameLine = {
  line: number
  text: string
  /** Counted in `text`, which may be shorter or longer than the line in the file. */
  caret?: { column: number; length: number }
}

/** True when at least one diagnostic is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error')
}
