import type { Diagnostic } from '../common/diagnostics.ts'
import { positionOf, type Span } from './source.ts'
import type { MapNode, Path, Tree } from './tree.ts'

/** NUL and halves of surrogate pairs: YAML can write them, PostgreSQL cannot hold them and SQLite changes them. */
const UNSTORABLE = /[\0\p{Surrogate}]/u

/** Every text, key or value, that a database would refuse or change. What is below `x-` is stored nowhere. */
export function unstorableTexts(root: MapNode): { diagnostics: Diagnostic[]; broken: Path[] } {
  const diagnostics: Diagnostic[] = []
  const broken: Path[] = []
  const check = (text: unknown, at: Span, path: Path, shown = path): void => {
    if (typeof text !== 'string' || !UNSTORABLE.test(text)) return
    diagnostics.push(unstorable(at, shown))
    broken.push(path)
  }
  const visit = (node: Tree, path: Path): void => {
    if (node.kind === 'scalar') check(node.value, node, path)
    else if (node.kind === 'list') node.items.forEach((item, index) => visit(item, [...path, String(index)]))
    else {
      for (const [name, { key, value }] of node.entries) {
        if (name.startsWith('x-') && path.length === 0) continue
        check(name, key, [...path, name], path)
        visit(value, [...path, name])
      }
    }
  }
  visit(root, [])
  return { diagnostics, broken }
}

/** Says not what the text is: it may be a secret. */
function unstorable(at: Span, path: Path): Diagnostic {
  return {
    id: 'schema/characters',
    severity: 'error',
    message: 'this text has a character that no database can hold: NUL, or half of a surrogate pair',
    position: positionOf(at),
    path: path.join('.'),
    help: ['take the \\0, \\x00, \\u0000 or \\ud800 to \\udfff out of it'],
  }
}
