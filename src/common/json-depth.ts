/** Bodies deeper than this are refused; an abonnement goes five deep, the data of a CloudEvent may be anything. */
export const MAX_JSON_DEPTH = 100

/**
 * True when a JSON value has lists or objects within each other more than `levels` deep. JSON.parse reads
 * any depth, but JSON.stringify throws from some 4 000 levels on.
 */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let layer = [value].filter(isContainer)
  for (let depth = 1; layer.length > 0; depth += 1) {
    if (depth > levels) return true
    layer = layer.flatMap((each) => Object.values(each).filter(isContainer))
  }
  return false
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
