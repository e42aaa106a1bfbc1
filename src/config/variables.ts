import type { Diagnostic } from '../common/diagnostics.ts'
import type { Environment } from '../common/environment.ts'
import { placeBelow, secretPlaces, type SecretPlace } from './secret-places.ts'
import { positionOf, type Span } from './source.ts'
import type { Entry, MapNode, Path, ScalarNode, Tree } from './tree.ts'

/** `$$`, `${NAME}`, `${NAME:-default}`, or a `${` that is none of these. Any other `$` is itself. */
const VARIABLE = /\$(?:(\$)|\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^}])*))?\}|\{[^}]*\}?)/g

export type Filled = {
  root: MapNode
  diagnostics: Diagnostic[]
  /** Values that could not be filled in. */
  broken: Path[]
}

/**
 * Fills variables into the texts of a part, once: what a variable holds is not looked through again.
 * `${NAME:-default}` takes the default when NAME is not set or empty; `$$` is a `$`. Keys, secret
 * references and extension data stay as they are.
 */
export function fillVariables(root: MapNode, environment: Environment): Filled {
  const filler = new Filler(environment)
  return { root: filler.fillMap(root, secretPlaces, []), diagnostics: filler.diagnostics, broken: filler.broken }
}

class Filler {
  readonly diagnostics: Diagnostic[] = []
  readonly broken: Path[] = []
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** The same node when nothing in it changed: most have no variable. */
  fillMap(node: MapNode, place: SecretPlace | undefined, path: Path): MapNode {
    let entries: Map<string, Entry> | undefined
    for (const [name, entry] of node.entries) {
      if (name.startsWith('x-') && placeBelow(place, name) === undefined) continue
      const value = this.#fill(entry.value, placeBelow(place, name), [...path, name])
      if (value === entry.value) continue
      entries ??= new Map(node.entries)
      entries.set(name, { ...entry, value })
    }
    return entries === undefined ? node : { ...node, entries }
  }

  #fill(node: Tree, place: SecretPlace | undefined, path: Path): Tree {
    if (place?.secret === true) return node
    if (node.kind === 'map') return this.fillMap(node, place, path)
    if (node.kind === 'list') {
      const items = node.items.map((item, index) => this.#fill(item, place?.any, [...path, String(index)]))
      return items.every((item, index) => item === node.items[index]) ? node : { ...node, items }
    }
    return typeof node.value === 'string' && node.value.includes('$') ? this.#fillText(node, node.value, path) : node
  }

  #fillText(node: ScalarNode, text: string, path: Path): ScalarNode {
    let complete = true
    const value = text.replaceAll(VARIABLE, (found: string, dollar?: string, name?: string, fallback?: string) => {
      if (dollar !== undefined) return '$'
      const filled = name === undefined ? undefined : this.#valueOf(name, fallback)
      if (filled !== undefined) return filled
      complete = false
      this.diagnostics.push(name === undefined ? malformed(node) : unset(node, name, path))
      return found
    })
    if (!complete) this.broken.push(path)
    return { ...node, value, interpolated: true }
  }

  #valueOf(name: string, fallback: string | undefined): string | undefined {
    const value = Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined
    return fallback === undefined ? value : value || fallback
  }
}

function unset(node: ScalarNode, name: string, path: Path): Diagnostic {
  return {
    id: 'variables/unset',
    severity: 'error',
    message: `the environment variable ${name} is not set`,
    position: positionOf(within(node, `\${${name}`)),
    path: path.join('.'),
    help: [`set it, or give it a default: \${${name}:-default}`],
  }
}

function malformed(node: ScalarNode): Diagnostic {
  return {
    id: 'variables/syntax',
    severity: 'error',
    message: 'this is not a variable: ${NAME} or ${NAME:-default}, without another variable in it',
    position: positionOf(within(node, '${')),
    help: ['for a $ as such, write $$'],
  }
}

/** The variable itself inside the text, where it is written as it is read. */
function within(node: ScalarNode, text: string): Span {
  const at = node.source.text.slice(node.start, node.end).indexOf(text)
  return at === -1 ? node : { source: node.source, start: node.start + at, end: node.start + at + text.length + 1 }
}
