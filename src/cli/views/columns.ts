/** Width of text that no terminal measures. */
const DEFAULT_WIDTH = 100
/** Longer lines are hard to read, however wide the terminal is. */
const MAX_WIDTH = 120
/** Narrower than this, text goes below its name instead of beside it. */
const MIN_TEXT = 24

/**
 * Two columns, indented: names, and what they are, wrapped at the width of the terminal. `left` of each
 * row is never broken.
 */
export function columns(rows: readonly (readonly [string, string])[], terminal: number | undefined): string[] {
  const width = Math.min(terminal ?? DEFAULT_WIDTH, MAX_WIDTH)
  const widest = Math.max(0, ...rows.map(([left]) => left.length))
  const indent = widest + 4
  if (width - indent < MIN_TEXT) {
    return rows.flatMap(([left, right]) => [`  ${left}`, ...wrap(right, width - 8).map((line) => `        ${line}`)])
  }
  return rows.flatMap(([left, right]) =>
    wrap(right, width - indent).map((line, index) =>
      `  ${(index === 0 ? left : '').padEnd(widest)}  ${line}`.trimEnd(),
    ),
  )
}

/** Lines of at most `width` characters, broken at spaces; a longer word stands alone. At least one line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
