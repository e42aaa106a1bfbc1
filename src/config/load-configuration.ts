import type { Diagnostic } from '../common/diagnostics.ts'
import type { Environment } from '../common/environment.ts'
import { loadSources, type ReadingIo } from './load.ts'
import { overlaysIn, type Overlay } from './overlay.ts'
import type { Source } from './source.ts'
import { positionAt } from './tree.ts'

export type Loaded = {
  sources: Source[]
  diagnostics: Diagnostic[]
  /** The environment to read them for: what was asked for, or that of overlays which were named alone. */
  env: string | undefined
}

/**
 * Loads `paths`, and what their overlays for `io.env` extend. Overlays that are named without anything
 * else say themselves which environment is meant.
 */
export async function loadConfiguration(
  paths: readonly string[],
  io: ReadingIo & { environment: Environment; env?: string | undefined },
): Promise<Loaded> {
  const { sources, diagnostics } = await loadSources(paths, io)
  const overlays = overlaysIn(sources, io.environment)
  const env = io.env ?? onlyEnvironment(sources, overlays, diagnostics)
  const chosen = env === undefined ? [] : overlays.filter(({ environment }) => environment === env)
  for (const { base, part } of chosen) {
    if (base === undefined) continue
    // Of a directory the overlay itself may be all that was read so far.
    const more = await loadSources([base], io, sources)
    sources.push(...more.sources)
    const position = positionAt(part.root, ['extends'], 'value')
    diagnostics.push(...more.diagnostics.map((one) => ({ ...one, position, path: 'extends' })))
    // What is loaded may hold overlays for the environment too.
    chosen.push(...overlaysIn(more.sources, io.environment).filter(({ environment }) => environment === env))
  }
  return { sources, diagnostics, env }
}

/** A file that holds nothing but an overlay is named because it is wanted. */
function onlyEnvironment(
  sources: readonly Source[],
  overlays: readonly Overlay[],
  diagnostics: Diagnostic[],
): string | undefined {
  if (overlays.length === 0 || !sources.every((source) => overlays.some(({ part }) => part.source === source))) {
    return undefined
  }
  const names = [...new Set(overlays.flatMap(({ environment }) => environment ?? []))].toSorted()
  if (names.length > 1) {
    const message = `these overlays are for several environments: ${names.join(', ')}`
    diagnostics.push({ id: 'overlay/environment', severity: 'error', message, help: ['choose one with --env NAME'] })
  }
  return names.length === 1 ? names[0] : undefined
}
