import { hasErrors, type Diagnostic } from '../common/diagnostics.ts'
import type { Environment } from '../common/environment.ts'
import { canonicalState } from './canonical.ts'
import type { DesiredState } from './desired-state.ts'
import { withFrames, type MaskedSource } from './frames.ts'
import { loadSources, type ReadingIo } from './load.ts'
import { maskedByStructure, maskedByWords } from './masks.ts'
import { mergeParts } from './parts.ts'
import { checkRules } from './rules.ts'
import type { ConfigurationDocument } from './schema.ts'
import type { Part } from './tree.ts'
import { validateDocument } from './validate.ts'
import { fillVariables } from './variables.ts'
import { parseSource, type ParsedSource } from './yaml-tree.ts'

export type Configuration = {
  /** One for each `metadata.name`, in order of name; none when anything is wrong. */
  states: DesiredState[]
  /** In order of file, line and column. */
  diagnostics: Diagnostic[]
  /** How many files were read. */
  files: number
}

/**
 * Reads, checks and completes the configuration in `paths` (files, directories, `-` for stdin). Knows
 * no database and resolves no secret. Throws nothing for what a user can get wrong: every mistake in
 * every file is a diagnostic, with its place and a code frame in which secrets are masked.
 */
export async function readConfiguration(
  paths: readonly string[],
  io: ReadingIo & { environment: Environment },
): Promise<Configuration> {
  const { sources, diagnostics } = await loadSources(paths, io)
  const parsed = sources.map((source) => ({ source, ...parseSource(source) }))
  diagnostics.push(...parsed.flatMap((one) => one.diagnostics))
  // What cannot be read may be what the rest refers to: with it missing, most findings would be wrong.
  const readable = parsed.every((one) => one.wellFormed) && diagnostics.every(({ id }) => id !== 'file/unreadable')
  const states = readable
    ? check(
        parsed.flatMap((one) => one.parts),
        io.environment,
        diagnostics,
      )
    : []
  return {
    states: hasErrors(diagnostics) ? [] : states,
    diagnostics: withFrames(inOrder(firstOfEachPlace(diagnostics)), masked(parsed, diagnostics)),
    files: sources.length,
  }
}

function check(parts: readonly Part[], environment: Environment, diagnostics: Diagnostic[]): DesiredState[] {
  const filled = parts.map((part) => {
    const { root, broken, diagnostics: found } = fillVariables(part.root, environment)
    diagnostics.push(...found)
    return { ...part, root, broken }
  })
  const { documents, diagnostics: conflicts } = mergeParts(filled)
  diagnostics.push(...conflicts)
  const states = documents.flatMap(({ root, broken }) => {
    const validated = validateDocument(root, broken)
    diagnostics.push(...validated.diagnostics, ...checkRules(root, validated))
    // Nothing was taken out of a document in which nothing is broken.
    return validated.broken.length > 0 ? [] : [canonicalState(validated.document as ConfigurationDocument, root)]
  })
  return states.toSorted((a, b) => (a.owner < b.owner ? -1 : 1))
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

/** Looked for only when there is something to show. */
function masked(
  parsed: readonly (ParsedSource & Pick<MaskedSource, 'source'>)[],
  diagnostics: readonly Diagnostic[],
): MaskedSource[] {
  const files = new Set(diagnostics.map(({ position }) => position?.file))
  // An entry whose key cannot be read is in no tree, so nothing is known of what stands in it.
  const lost = new Set(diagnostics.flatMap(({ id, position }) => (id === 'yaml/key' ? [position?.file] : [])))
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
