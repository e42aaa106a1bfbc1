import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Failure, messageOf } from '../../common/failure.ts'
import { stringify } from 'yaml'
import type { NeededSecret } from '../../config/convert/converted.ts'
import { byVariable, type ReferenceTo } from '../../config/convert/write-document.ts'

/** Where the values of secrets go: nowhere, into files, or into a Kubernetes Secret. Never to stdout. */
export type SecretsOut = { way: 'env' } | { way: 'files'; folder: string } | { way: 'kubernetes'; file: string }

/** Reads `--secrets-out`. Throws Failure `usage` for anything else. */
export function readSecretsOut(flag: string | undefined): SecretsOut {
  if (flag === undefined || flag === 'env') return { way: 'env' }
  const [, way, path = ''] = /^(files|kubernetes):(.+)$/.exec(flag) ?? []
  if (way === 'files') return { way, folder: path }
  if (way === 'kubernetes') return { way, file: path }
  throw new Failure('usage', '--secrets-out is env, files:DIR or kubernetes:FILE')
}

/** How the document refers to its secrets; what the source has no value of comes from a variable. */
export function referencesTo(out: SecretsOut): ReferenceTo {
  if (out.way !== 'files') return byVariable
  return (secret) => (secret.value === undefined ? byVariable(secret) : { file: join(out.folder, secret.name) })
}

/**
 * Writes the values that the source has, for the owner's eyes only (0600). Returns the files. Throws
 * Failure `refused` when one exists already: it may be in use.
 */
export async function writeSecrets(
  out: SecretsOut,
  secrets: readonly NeededSecret[],
  { cwd, name }: { cwd: string; name: string },
): Promise<string[]> {
  const known = secrets.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, text: value.reveal() }]))
  if (out.way === 'env' || known.length === 0) return []
  if (out.way === 'kubernetes') {
    await writeNewFile(cwd, out.file, manifest(name, known), 0o600)
    return [out.file]
  }
  for (const { name, text } of known) {
    // Whoever reads a secret from a file drops one newline at its end.
    await writeNewFile(cwd, join(out.folder, name), text.endsWith('\n') ? `${text}\n` : text, 0o600)
  }
  return known.map(({ name }) => join(out.folder, name))
}

/** For `envFrom`: each key is the variable that the document refers to. */
function manifest(name: string, known: readonly { name: string; text: string }[]): string {
  const data = Object.fromEntries(known.map(({ name, text }) => [name, Buffer.from(text).toString('base64')]))
  const metadata = { name: `${name}-secrets` }
  return stringify({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data }, { lineWidth: 0 })
}

/** Makes the folder (0700) when it is not there. Throws Failure `refused` when the file is. */
export async function writeNewFile(cwd: string, file: string, text: string, mode: number): Promise<void> {
  try {
    await mkdir(dirname(resolve(cwd, file)), { recursive: true, mode: 0o700 })
    await writeFile(resolve(cwd, file), text, { mode, flag: 'wx' })
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST'
    const reason = exists ? 'it exists already; nothing is overwritten' : messageOf(error)
    throw new Failure(exists ? 'refused' : 'invalid', `cannot write ${file}: ${reason}`, { cause: error })
  }
}
