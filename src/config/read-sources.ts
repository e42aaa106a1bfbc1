import { hasErrors, type Diagnostic } from '../common/diagnostics.ts'
import type { Environment } from '../common/environment.ts'
import { canonicalState } from './canonical.ts'
import { deprecations } from './deprecations.ts'
import type { DesiredState } from './desired-state.ts'
import { withFrames, type MaskedSource } from './frames.ts'
import { maskedByStructure, maskedByWords } from './masks.ts'
import { isOverlay, overlayOf } from './overlay.ts'
import { applyOverlays } from './overlays.ts'
import { mergeParts, type Merged } from './parts.ts'
import { checkRules } from './rules.ts'
import { levelled } from './rules/levels.ts'
import { configurationSchema, type ConfigurationDocument } from './schema.ts'
import type { Source } from './source.ts'
import type { Part } from './tree.ts'
import { validateDocument, validateOverlay } from './validate.ts'
import { fillVariables } from './variables.ts'
import { parseSource, type ParsedSource } from './yaml-tree.ts'

export type Configuration = {
  /** One for each `metadata.name`, in order of name; none when anything is wrong. */
  states: DesiredState[]
  /** In order of file, line and column. */
  diagnostics: Diagnostic[]
  /** How many files were read. */
  files: number
  /** What each document is when its parts are put together, as a tree; for showing it. */
  documents: readonly Merged[]
  /** Gives diagnostics of these sources that were found later their code frames, masked and in order like the others. */
  frame: (diagnostics: readonly Diagnostic[]) => Diagnostic[]
}

/** Where sources that come from no disk are said to be: deep enough for `../` in their names. */
const NOWHERE = `/${'-/'.repeat(32)}`

/**
 * Everything after loading: sources (with names as the user wrote them) -> desired states. `env` is the
 * environment whose overlays are applied; `diagnostics` are those of loading.
 */
export function readSources(
  sources: readonly Source[],
  options: { environment: Environment; env?: string | undefined; cwd?: string; diagnostics?: readonly Diagnostic[] },
): Configuration {
  const diagnostics = [...(options.diagnostics ?? [])]
  const parsed = sources.map((source) => ({ source, ...parseSource(source) }))
  diagnostics.push(...parsed.flatMap((one) => one.diagnostics))
  // What cannot be read may be what the rest refers to: with it missing, most findings would be wrong.
  const readable = parsed.every((one) => one.wellFormed) && diagnostics.every(({ id }) => id !== 'file/unreadable')
  const documents = readable ? assemble(parsed, options, diagnostics) : []
  const states = documents.flatMap((document) => check(document, diagnostics))
  const frame = (found: readonly Diagnostic[]): Diagnostic[] => withFrames(inOrder(found), masked(parsed, found))
  return {
    states: hasErrors(diagnostics) ? [] : states.toSorted((a, b) => (a.owner < b.owner ? -1 : 1)),
    diagnostics: frame(firstOfEachPlace(diagnostics)),
    files: sources.length,
    documents,
    frame,
  }
}

/** The parts with their variables filled in, put together, with the overlays of `env` on them. */
function assemble(
  parsed: readonly ParsedSource[],
  { environment, env, cwd = NOWHERE }: { environment: Environment; env?: string | undefined; cwd?: string },
  diagnostics: Diagnostic[],
): Merged[] {
  const filled = parsed
    .flatMap((one) => one.parts)
    .map((part): Part => {
      const { root, broken, diagnostics: found } = fillVariables(part.root, environment)
      diagnostics.push(...found)
      return { ...part, root, broken }
    })
  const overlays = filled.filter(isOverlay).map(overlayOf)
  const merged = mergeParts(overlays.length === 0 ? filled : filled.filter((part) => !isOverlay(part)))
  diagnostics.push(...merged.diagnostics)
  for (const { part } of overlays) diagnostics.push(...validateOverlay(part.root, part.broken))
  const { documents, diagnostics: found } = applyOverlays(merged.documents, overlays, { env, cwd })
  diagnostics.push(...found)
  return documents
}

function check({ root, broken, findings }: Merged, diagnostics: Diagnostic[]): DesiredState[] {
  const validated = validateDocument(root, broken)
  diagnostics.push(...validated.diagnostics, ...checkRules(root, validated))
  const weighed = [...findings, ...deprecations(root, configurationSchema)]
  diagnostics.push(...levelled(weighed, validated.document.settings?.rules))
  // Nothing was taken out of a document in which nothing is broken.
  return validated.broken.length > 0 ? [] : [canonicalState(validated.document as ConfigurationDocument, root)]
}

/** Later stages may stumble over what an earlier one reported: a place has one error. */
function firstOfEachPlace(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const taken = new Set<string>()
  return diagnostics.filter(({ severity, position, id, message }) => {
    const place = position === undefined ? message : `${position.file}:${position.line}:${position.column}`
    const key = severity === 'error' ? place : `${place} ${id} ${message}`
    if (taken.has(key)) return false
    taken.add(key)
    return true
  })
}

function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted(({ position: a }, { position: b }) => {
    if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
    return a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1
  })
}

/** An entry whose key cannot be read, or a text that is no map, is in no tree: nothing is known of what stands there. */
const IN_NO_TREE: ReadonlySet<string> = new Set(['yaml/key', 'document/not-a-map'])

/** Looked for only when there is something to show. */
function masked(
  parsed: readonly (ParsedSource & Pick<MaskedSource, 'source'>)[],
  diagnostics: readonly Diagnostic[],
): MaskedSource[] {
  const files = new Set(diagnostics.map(({ position }) => position?.file))
  const lost = new Set(diagnostics.flatMap(({ id, position }) => (IN_NO_TREE.has(id) ? [position?.file] : [])))
  return parsed
    .filter(({ source }) => files.has(source.file))
    .map(({ source, wellFormed, parts }) => ({
      source,
      masked: [
        ...(wellFormed ? parts.flatMap(({ root }) => maskedByStructure(root)) : []),
        ...(wellFormed && !lost.has(source.file) ? [] : maskedByWords(source)),
      ],
    }))
}
