import { isCollection, isMap, isPair, isScalar, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml'

/**
 * Gives a comment back to the key below it. Behind a list that is not indented the parser takes it for
 * the end of that list; where it stands in the text says whose it is.
 */
export function returnComments(map: YAMLMap, text: string): void {
  const pairs = map.items as Pair<Node, Node | null>[]
  for (const [index, { key, value }] of pairs.entries()) {
    const before = pairs[index - 1]?.value
    if (isScalar(key) && before && !key.commentBefore) returnComment(key, before, text)
    eachMap(value, (below) => returnComments(below, text))
  }
}

function returnComment(key: Scalar, before: Node, text: string): void {
  const own = linesAbove(key, text)
  const holder = own.length === 0 ? undefined : holderOf(before)
  if (holder === undefined) return
  const lines = holder.comment!.split('\n')
  const taken = lines.splice(-own.length)
  if (taken.join('\n') !== own.join('\n')) return
  holder.comment = lines.length === 0 ? null : lines.join('\n')
  key.commentBefore = own.join('\n')
}

/** The comment lines directly above a key, as far as they begin in its column; without their #. */
function linesAbove(key: Scalar, text: string): string[] {
  const start = key.range?.[0] ?? 0
  let lineStart = text.lastIndexOf('\n', start - 1) + 1
  const indent = text.slice(lineStart, start)
  const own: string[] = []
  // Backwards from the key: a look from the beginning of the text for each key took minutes for 3 000 objects.
  while (indent.trim() === '' && lineStart > 0) {
    const end = lineStart - 1
    lineStart = text.lastIndexOf('\n', end - 1) + 1
    if (!text.startsWith(`${indent}#`, lineStart)) break
    own.unshift(text.slice(lineStart + indent.length + 1, end).trimEnd())
  }
  return own
}

/** The node that has what is written behind the end of `node` as its comment. */
function holderOf(node: Node): Node | undefined {
  if (node.comment) return node
  const last = isCollection(node) ? node.items.at(-1) : undefined
  const below = isPair(last) ? last.value : last
  return below ? holderOf(below as Node) : undefined
}

function eachMap(node: Node | null, see: (map: YAMLMap) => void): void {
  if (isMap(node)) see(node)
  else if (isCollection(node)) for (const item of node.items) eachMap(item as Node, see)
}

/** Empty lines round a comment at the end of a collection are the layout's. */
export function trimComments(node: Node): void {
  if (node.comment) node.comment = node.comment.replaceAll(/^\n+|\n+$/g, '')
}
