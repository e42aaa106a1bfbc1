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

/** Levenshtein distance, row by row. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, left] of [...a].entries()) {
    const row = [i + 1]
    for (const [j, right] of [...b].entries()) {
      row.push(Math.min(previous[j + 1]! + 1, row[j]! + 1, previous[j]! + (left === right ? 0 : 1)))
    }
    previous = row
  }
  return previous[b.length] ?? 0
}
