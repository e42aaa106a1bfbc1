import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Environment } from '../common/environment.ts'
import { Secret } from '../common/secret.ts'
import type { Resolution } from './resolution.ts'
import { sopsFiles, type SopsFiles } from './sops.ts'

export type { Resolution } from './resolution.ts'

/** Where a secret's value comes from. A literal is only for development. */
export type SecretReference = { env: string } | { file: string } | { sops: string } | { insecureLiteral: string }

/** A reference as it is stored beside the ciphertext: a literal without its value. */
export type StoredReference = { env: string } | { file: string } | { sops: string } | { literal: true }

/**
 * Looks up the value. `env: X` also takes the file named by `X_FILE`; relative paths start at `cwd`.
 * The value is taken as it stands, except that one newline at the end of a file is dropped, with a
 * warning. Pass `sops` to decrypt each file once for several references. Messages name variables and paths, never a value.
 */
export async function resolveReference(
  reference: SecretReference,
  world: { environment: Environment; cwd: string; sops?: SopsFiles },
): Promise<Resolution> {
  if ('env' in reference) return fromEnvironment(reference.env, world)
  if ('file' in reference) return fromFile(resolve(world.cwd, reference.file))
  if ('sops' in reference) return (world.sops ?? sopsFiles(world)).look(reference.sops)
  return reference.insecureLiteral === ''
    ? { problem: 'the literal is empty' }
    : { secret: new Secret(reference.insecureLiteral), warnings: [] }
}

/** The reference for people: `env:X`, `file:/run/x`, `literal`. */
export function showReference(reference: SecretReference | StoredReference): string {
  if ('env' in reference) return `env:${reference.env}`
  if ('file' in reference) return `file:${reference.file}`
  if ('sops' in reference) return `sops:${reference.sops}`
  return 'literal'
}

/** What may be remembered of `reference`: not the value of a literal. */
export function storedReference(reference: SecretReference): StoredReference {
  return 'insecureLiteral' in reference ? { literal: true } : reference
}

function fromEnvironment(name: string, world: { environment: Environment; cwd: string }): Resolution {
  const value = world.environment[name]
  const file = world.environment[`${name}_FILE`]
  if (value && file) return { problem: `both ${name} and ${name}_FILE are set; keep one` }
  if (value) return { secret: new Secret(value), warnings: [] }
  if (file) return fromFile(resolve(world.cwd, file))
  if (value === '') return { problem: `the environment variable ${name} is set but empty` }
  if (file === '') return { problem: `the environment variable ${name}_FILE is set but empty` }
  return { problem: `the environment variable ${name} is not set (${name}_FILE neither)` }
}

function fromFile(path: string): Resolution {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
  } catch (error) {
    return { problem: `cannot read the file ${path}: ${reason(error)}` }
  }
  if (text.startsWith('\uFEFF')) return { problem: `the file ${path} starts with a byte order mark; remove it` }
  const value = text.replace(/\r?\n$/, '')
  if (value === '') return { problem: `the file ${path} is empty` }
  const warnings = value === text ? [] : [`the newline at the end of ${path} is not part of the secret and was dropped`]
  return { secret: new Secret(value), warnings }
}

const REASONS: Record<string, string> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
}

/** From the error's code only: messages of decoders and file systems are not ours to vouch for. */
function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
  return REASONS[code] ?? code
}
