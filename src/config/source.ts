import type { Position } from '../common/diagnostics.ts'

/** One file (or stdin) as it was read. */
export type Source = {
  /** As the user named it: relative to the working directory, or `<stdin>`. */
  readonly file: string
  readonly text: string
  /** Offset of the first character of each line, rising. */
  readonly lineStarts: readonly number[]
}

/** A stretch of a source, by offset; the end is not part of it. */
export type Span = { readonly source: Source; readonly start: number; readonly end: number }

/** A source with its lines found: LF and CRLF end a line. */
export function sourceOf(file: string, text: string): Source {
  const lineStarts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1)
  return { file, text, lineStarts }
}

/** Where a span begins, and how much of that line it covers (at least 1, so that a caret shows). */
export function positionOf({ source, start, end }: Span): Position {
  const index = lineIndexAt(source, start)
  const line = lineSpan(source, index)
  return {
    file: source.file,
    line: index + 1,
    column: start - line.start + 1,
    length: Math.max(1, Math.min(end, line.end) - start),
  }
}

/** Index of the line that holds `offset`, by binary search. */
export function lineIndexAt(source: Source, offset: number): number {
  let low = 0
  let high = source.lineStarts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (source.lineStarts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** Offsets of a line without its line ending. */
export function lineSpan(source: Source, index: number): { start: number; end: number } {
  const start = source.lineStarts[index]!
  const next = source.lineStarts[index + 1]
  if (next === undefined) return { start, end: source.text.length }
  const ending = source.text[next - 2] === '\r' ? 2 : 1
  return { start, end: Math.max(start, next - ending) }
}
