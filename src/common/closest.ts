/**
 * The candidate that `typed` was most likely meant to be: the smallest edit distance, at most 2, or a
 * third of a long word. Undefined when nothing is near.
 */
export function closest(typed: string, candidates: readonly string[]): string | undefined {
  const limit = typed.length < 4 ? 1 : Math.max(2, Math.floor(typed.length / 3))
  return candidates
    .map((candidate) => ({ candidate, distance: editDistance(typed, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .toSorted((a, b) => a.distance - b.distance)[0]?.candidate
}

/** How a message about an unknown word ends: `, did you mean "zac"?`, or nothing. */
export function didYouMean(typed: string, candidates: readonly string[]): string {
  const near = closest(typed, candidates)
  return near === undefined ? '' : `, did you mean "${near}"?`
}

/** Levenshtein distance, row by row. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 0; i < a.length; i += 1) {
    const row = [i + 1]
    for (let j = 0; j < b.length; j += 1) {
      const replaced = at(previous, j) + (a[i] === b[j] ? 0 : 1)
      row.push(Math.min(at(previous, j + 1) + 1, at(row, j) + 1, replaced))
    }
    previous = row
  }
  return at(previous, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0
}
