import { dirname, normalize, resolve } from 'node:path'
import { fillVariables } from './variables.ts'
import { locate, type Part, type Tree } from './tree.ts'
import type { Source } from './source.ts'
import { parseSource } from './yaml-tree.ts'
import type { Environment } from '../common/environment.ts'

/** An overlay: the part that it is written in, and what it says of itself as far as that can be read. */
export type Overlay = { part: Part; environment: string | undefined; base: string | undefined }

/** True for a part of `kind: Overlay`. */
export function isOverlay({ root }: Part): boolean {
  const kind = root.entries.get('kind')?.value
  return kind?.kind === 'scalar' && kind.value === 'Overlay'
}

/** What a part of `kind: Overlay` says. Its `base` is seen from where the other files are seen from. */
export function overlayOf(part: Part): Overlay {
  const path = textAt(part.root, ['extends'])
  return {
    part,
    environment: textAt(part.root, ['metadata', 'environment']),
    base: path === undefined ? undefined : from(part.source.file, path),
  }
}

/** The overlays in sources that may have any: most have none, and are not parsed for this. */
export function overlaysIn(sources: readonly Source[], environment: Environment): Overlay[] {
  return sources
    .filter(({ text }) => /kind["']?\s*:\s*["']?Overlay/.test(text))
    .flatMap((source) => parseSource(source).parts)
    .filter(isOverlay)
    .map((part) => overlayOf({ ...part, root: fillVariables(part.root, environment).root }))
}

/** True when `file` is `path`, or lies in it, both as seen from `cwd`. */
export function isAt(file: string, path: string, cwd: string): boolean {
  const [one, other] = [resolve(cwd, file), resolve(cwd, path)]
  return one === other || one.startsWith(other.endsWith('/') ? other : `${other}/`)
}

function from(file: string, path: string): string {
  return path.startsWith('/') ? normalize(path) : normalize(`${dirname(file)}/${path}`)
}

function textAt(root: Tree, path: readonly string[]): string | undefined {
  const node = locate(root, path)?.value
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined
}
