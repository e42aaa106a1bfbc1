import type { Diagnostic } from '../../common/diagnostics.ts'
import { withFrames } from '../frames.ts'
import { maskedByStructure, maskedByWords } from '../masks.ts'
import type { Source } from '../source.ts'
import { parseSource } from '../yaml-tree.ts'
import { formatText } from './format.ts'

export type Formatted = { file: string; text: string; changed: boolean }

/**
 * Every source in its canonical layout. A text that is not YAML, or has a key twice, is a diagnostic. One
 * that holds something else than documents of ours is left as it is.
 */
export function formatSources(sources: readonly Source[]): { files: Formatted[]; diagnostics: Diagnostic[] } {
  const files: Formatted[] = []
  const diagnostics: Diagnostic[] = []
  for (const source of sources) {
    const { parts, wellFormed, diagnostics: found } = parseSource(source)
    if (found.length > 0) {
      const masked = wellFormed ? parts.flatMap(({ root }) => maskedByStructure(root)) : []
      const byWords = wellFormed && found.every(({ id }) => id !== 'yaml/key') ? [] : maskedByWords(source)
      diagnostics.push(...withFrames(found, [{ source, masked: [...masked, ...byWords] }]))
      continue
    }
    const text = formatText(source.text) ?? source.text
    files.push({ file: source.file, text, changed: text !== source.text })
  }
  return { files, diagnostics }
}
