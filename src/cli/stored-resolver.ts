import type { Environment } from '../common/environment.ts'
import { resolveReference, type Resolution, type StoredReference } from '../secrets/references.ts'

/**
 * Looks up references that the database remembers, as a document's are: relative paths start at `cwd`. Of a
 * literal the value is not remembered.
 */
export function storedResolver(world: {
  environment: Environment
  cwd: string
}): (reference: StoredReference) => Promise<Resolution> {
  return async (reference) =>
    'literal' in reference ? { problem: 'it was a literal' } : resolveReference(reference, world)
}
