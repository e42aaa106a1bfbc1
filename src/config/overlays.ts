import type { Diagnostic } from '../common/diagnostics.ts'
import { closest } from '../common/closest.ts'
import { mergePatch } from './merge-patch.ts'
import { isAt, type Overlay } from './overlay.ts'
import { mergePatches, nameOf, type Merged } from './parts.ts'
import { quoted } from './quoted.ts'
import { placeBelow, secretPlaces } from './secret-places.ts'
import { positionOf } from './source.ts'
import { locate, positionAt, type Entry, type MapNode } from './tree.ts'

export type Overlaid = { documents: Merged[]; diagnostics: Diagnostic[] }

/**
 * The documents as they are in environment `env`: every overlay for it is applied to the configuration
 * that it extends. The order of overlays makes no difference, for two may not say the same. Without
 * `env` no overlay is applied.
 */
export function applyOverlays(
  documents: readonly Merged[],
  overlays: readonly Overlay[],
  { env, cwd }: { env: string | undefined; cwd: string },
): Overlaid {
  if (env === undefined) return { documents: [...documents], diagnostics: [] }
  const diagnostics: Diagnostic[] = []
  const chosen = overlays.filter(({ environment }) => environment === env)
  const byDocument = new Map<Merged, Overlay[]>()
  for (const overlay of chosen) {
    const target = targetOf(overlay, documents, overlays, cwd)
    if ('id' in target) diagnostics.push(target)
    else byDocument.set(target, [...(byDocument.get(target) ?? []), overlay])
  }
  const overlaid = documents.map((document) => {
    const own = byDocument.get(document)
    return own === undefined ? document : overlay(document, own, diagnostics)
  })
  return { documents: overlaid, diagnostics: [...diagnostics, ...elsewhere(overlaid, overlays, env)] }
}

/** The one document that an overlay extends. */
function targetOf(
  { base, part }: Overlay,
  documents: readonly Merged[],
  overlays: readonly Overlay[],
  cwd: string,
): Merged | Diagnostic {
  const report = (message: string, help: string[]): Diagnostic => ({
    id: 'overlay/extends',
    severity: 'error',
    message,
    position: positionAt(part.root, ['extends'], 'value'),
    path: 'extends',
    help,
  })
  if (base === undefined) return report('this overlay does not say what it extends', ['extends: ../bode.yaml'])
  const found = documents.filter(({ files }) => files.some((file) => isAt(file, base, cwd)))
  const [document] = found
  if (document !== undefined && found.length === 1) return document
  if (found.length > 1) {
    const names = found.map((one) => nameOf(one) ?? '?').toSorted()
    return report(`${base} holds several configurations: ${names.join(', ')}`, ['name a file of one of them'])
  }
  return overlays.some((other) => isAt(other.part.source.file, base, cwd))
    ? report(`${base} is an overlay itself`, ['extend the configuration; files of one environment are put together'])
    : report(`${base} holds no configuration`, ['the path is seen from the file of the overlay'])
}

function overlay(document: Merged, overlays: readonly Overlay[], diagnostics: Diagnostic[]): Merged {
  const patches = overlays.flatMap(({ part: { root } }) => {
    const patch = root.entries.get('patch')
    return patch?.value.kind === 'map' ? [{ key: patch.key, value: patch.value }] : []
  })
  const place = placeBelow(secretPlaces, 'patch')
  const { patch, diagnostics: conflicts } = mergePatches(patches, place)
  diagnostics.push(...conflicts)
  const { root, changed, idle } = mergePatch(document.root, patch, place)
  const findings = idle.map(({ path, key }) => noEffect('there is nothing here to take away', path.join('.'), key))
  if (!changed && idle.length === 0) {
    for (const { key, value } of patches) {
      if (value.entries.size > 0) findings.push(noEffect('this patch changes nothing', 'patch', key))
    }
  }
  return {
    root: withEnvironment(root, overlays[0]!),
    files: document.files,
    broken: [...document.broken, ...overlays.flatMap(({ part }) => brokenInPatch(part.broken))],
    findings,
  }
}

function brokenInPatch(broken: readonly (readonly string[])[]): (readonly string[])[] {
  return broken.filter(([first]) => first === 'patch').map((path) => path.slice(1))
}

function noEffect(message: string, path: string, key: Entry['key']): Diagnostic {
  return { id: 'overlay/no-effect', severity: 'warning', message, position: positionOf(key), path }
}

/** An overlay says which environment the document is for. */
function withEnvironment(root: MapNode, { part }: Overlay): MapNode {
  const environment = locate(part.root, ['metadata', 'environment'])
  const metadata = root.entries.get('metadata')
  if (environment?.key === undefined || metadata?.value.kind !== 'map') return root
  const own = new Map(metadata.value.entries)
  own.set('environment', { key: environment.key, value: environment.value })
  const entries = new Map(root.entries)
  entries.set('metadata', { key: metadata.key, value: { ...metadata.value, entries: own } })
  return { ...root, entries }
}

/** A document that is for another environment, or an environment that there is nothing for. */
function elsewhere(documents: readonly Merged[], overlays: readonly Overlay[], env: string): Diagnostic[] {
  const said = documents.map(({ root }) => ({ root, environment: environmentOf(root) }))
  const known = new Set([...overlays, ...said].flatMap(({ environment }) => environment ?? []))
  if (!known.has(env)) {
    const meant = closest(env, [...known])
    const names = [...known].toSorted().join(', ')
    const message = `there is no environment ${quoted(env)} here`
    const help = [names === '' ? 'no file names one' : `there is: ${names}`]
    if (overlays.length === 0) help.push('no overlay was read; when they stand in a directory, name it: --file DIR')
    if (meant !== undefined) help.unshift(`did you mean ${quoted(meant)}?`)
    return [{ id: 'overlay/environment', severity: 'error', message, help }]
  }
  return said
    .filter(({ environment }) => environment !== undefined && environment !== env)
    .map(({ root, environment }) => ({
      id: 'overlay/environment',
      severity: 'error',
      message: `this configuration is for ${quoted(environment!)}, and no overlay makes it one for ${quoted(env)}`,
      position: positionAt(root, ['metadata', 'environment'], 'value'),
      path: 'metadata.environment',
    }))
}

function environmentOf(root: MapNode): string | undefined {
  const node = locate(root, ['metadata', 'environment'])?.value
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined
}
