import type { Diagnostic, FrameLine, Position } from '../common/diagnostics.ts'
import { SECRET_MASK } from '../common/secret.ts'
import { maskedInLine } from './masks.ts'
import { lineSpan, type Source, type Span } from './source.ts'

/** Lines shown above the one that a diagnostic is about. */
const LINES_ABOVE = 2
/** A longer line is cut to a window round its caret. */
const WIDTH = 120
// oxlint-disable-next-line no-control-regex -- they are what is to be replaced
const UNPRINTABLE = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g

/** A source and what in it is never shown. */
export type MaskedSource = { source: Source; masked: readonly Span[] }

/**
 * Gives every diagnostic with a position in one of the sources its code frame. The position of a
 * secret gets the length of the mask, for the length of a secret is not shown either.
 */
export function withFrames(diagnostics: readonly Diagnostic[], sources: readonly MaskedSource[]): Diagnostic[] {
  const byFile = new Map(sources.map(({ source, masked }) => [source.file, { source, masked: inOrder(masked) }]))
  return diagnostics.map((diagnostic) => {
    const found = diagnostic.position && byFile.get(diagnostic.position.file)
    return found === undefined ? diagnostic : withFrame(diagnostic, diagnostic.position!, found)
  })
}

function withFrame(diagnostic: Diagnostic, position: Position, { source, masked }: MaskedSource): Diagnostic {
  const at = source.lineStarts[position.line - 1]! + position.column - 1
  const hidden = masked[firstEndingAfter(masked, at)]
  const isHidden = hidden !== undefined && hidden.start <= at
  const shown = isHidden ? { ...position, length: SECRET_MASK.length } : position
  const first = Math.max(1, position.line - LINES_ABOVE)
  const frame: FrameLine[] = []
  for (let line = first; line < position.line; line += 1) {
    frame.push({ line, text: clip(maskLine(source, line - 1, masked).text, 0).text })
  }
  const { text, columnOf } = maskLine(source, position.line - 1, masked)
  const clipped = clip(text, columnOf(at))
  const end = isHidden
    ? clipped.column + SECRET_MASK.length
    : clipped.column + columnOf(at + shown.length) - columnOf(at)
  const length = Math.max(1, Math.min(end, clipped.text.length) - clipped.column)
  frame.push({ line: position.line, text: clipped.text, caret: { column: clipped.column + 1, length } })
  return { ...diagnostic, position: shown, frame }
}

/** A line with masks in it, and where an offset of the source came to stand (from 0). */
function maskLine(source: Source, index: number, masked: readonly Span[]) {
  const { start, end } = lineSpan(source, index)
  const moves: { from: number; to: number; column: number }[] = []
  let text = ''
  let at = start
  for (const span of hiddenInLine(source, index, masked)) {
    const from = Math.max(span.start, at)
    const to = Math.min(span.end, end)
    if (to <= from) continue
    text += source.text.slice(at, from)
    moves.push({ from, to, column: text.length })
    text += SECRET_MASK
    at = to
  }
  text = (text + source.text.slice(at, end)).replaceAll(UNPRINTABLE, ' ')
  const columnOf = (offset: number): number => {
    const move = moves.findLast(({ from }) => from <= offset)
    if (move === undefined) return offset - start
    return offset < move.to ? move.column : move.column + SECRET_MASK.length + offset - move.to
  }
  return { text, columnOf }
}

function hiddenInLine(source: Source, index: number, masked: readonly Span[]): Span[] {
  const { start, end } = lineSpan(source, index)
  const found = maskedInLine(source, index)
  for (let next = firstEndingAfter(masked, start); masked[next] !== undefined && masked[next]!.start < end; next += 1) {
    found.push(masked[next]!)
  }
  return inOrder(found)
}

/** By start, each stretch once (a shared value is found through every alias). */
function inOrder(spans: readonly Span[]): Span[] {
  return spans
    .toSorted((a, b) => a.start - b.start || b.end - a.end)
    .filter((span, i, all) => span.start !== all[i - 1]?.start)
}

/** Index of the first span that ends after `offset`; spans are in order and apart. */
function firstEndingAfter(spans: readonly Span[], offset: number): number {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (spans[middle]!.end > offset) high = middle
    else low = middle + 1
  }
  return low
}

function clip(text: string, column: number): { text: string; column: number } {
  if (text.length <= WIDTH) return { text, column }
  const from = Math.max(0, Math.min(column - WIDTH / 3, text.length - WIDTH))
  const whole = text.slice(from, from + WIDTH)
  return {
    text: `${from > 0 ? '…' : ''}${whole}${from + WIDTH < text.length ? '…' : ''}`,
    column: column - from + (from > 0 ? 1 : 0),
  }
}
