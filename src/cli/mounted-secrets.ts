import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Environment } from '../common/environment.ts'
import { resolveReference, type Resolution, type StoredReference } from '../secrets/references.ts'

/**
 * Reads references that are files on this machine: `file`, and `env: X` where X_FILE names one. A
 * variable cannot change while the process lives. Undefined for every other reference, and for a file
 * that was never seen here: whoever applied had it, this server does not.
 */
export function mountedSecrets(world: {
  environment: Environment
  cwd: string
}): (reference: StoredReference) => Promise<Resolution | undefined> {
  const seen = new Set<string>()
  return async (reference) => {
    const path = pathOf(reference, world)
    if (path === undefined || 'literal' in reference) return undefined
    if (existsSync(path)) seen.add(path)
    return seen.has(path) ? resolveReference(reference, world) : undefined
  }
}

function pathOf(
  reference: StoredReference,
  { environment, cwd }: { environment: Environment; cwd: string },
): string | undefined {
  if ('file' in reference) return resolve(cwd, reference.file)
  if (!('env' in reference)) return undefined
  const file = environment[`${reference.env}_FILE`]
  return file ? resolve(cwd, file) : undefined
}
