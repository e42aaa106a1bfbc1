import { isCollection, isMap, isPair, isScalar, type Node, type Pair, type YAMLMap } from 'yaml'
import { inSchemaOrder, orderBelow, type OrderedPlace } from '../key-order.ts'

/** A collection on one line that would be longer than this is written over several. */
const WIDTH = 110

/** Puts the keys of a map, and of the maps below it, in the order of the schema. */
export function orderKeys(map: YAMLMap, place: OrderedPlace, isRoot = true): void {
  const pairs = map.items as Pair<Node, Node | null>[]
  const ordered = inSchemaOrder(pairs, nameOf, place)
  if (ordered.some((pair, index) => pair !== pairs[index])) {
    if (isRoot) keepOnTop(pairs, ordered)
    else keepFirstComment(map, pairs)
    map.items = ordered
  }
  for (const { key, value } of pairs) orderBelowKey(value, orderBelow(place, isScalar(key) ? String(key.value) : ''))
}

function orderBelowKey(node: Node | null, place: OrderedPlace): void {
  if (isMap(node)) orderKeys(node, place, false)
  else if (isCollection(node)) for (const item of node.items) orderBelowKey(item as Node, place?.any)
}

function nameOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : ''
}

/** What stands above the first key of a document is about the document. */
function keepOnTop([first]: Pair<Node, Node | null>[], [newFirst]: Pair<Node, Node | null>[]): void {
  if (first === newFirst || !isScalar(first?.key) || !isScalar(newFirst?.key)) return
  newFirst.key.commentBefore = joined(first.key.commentBefore, newFirst.key.commentBefore)
  first.key.commentBefore = null
}

/** A comment above the first key of a map belongs to that key, and goes where it goes. */
function keepFirstComment(map: YAMLMap, [first]: Pair<Node, Node | null>[]): void {
  if (!map.commentBefore || !isScalar(first?.key)) return
  first.key.commentBefore = joined(map.commentBefore, first.key.commentBefore)
  map.commentBefore = null
}

function joined(above: string | null | undefined, below: string | null | undefined): string | null {
  return [above, below].filter((comment) => typeof comment === 'string').join('\n') || null
}

/** Writes collections that are too long for a line over several lines. */
export function breakLong(node: Node | null, inFlow: boolean): void {
  if (!isCollection(node)) return
  if (node.flow === true && !inFlow && lengthOf(node) > WIDTH) node.flow = false
  const flows = inFlow || node.flow === true
  for (const item of node.items) breakLong(isPair(item) ? (item.value as Node | null) : (item as Node), flows)
}

/** About how long a collection is on one line. */
function lengthOf(node: Node): number {
  return JSON.stringify(node.toJSON() ?? null).length
}
