import { readdir, readFile, stat } from 'node:fs/promises'
import { join, normalize, resolve } from 'node:path'
import type { Diagnostic } from '../common/diagnostics.ts'
import { sourceOf, type Source } from './source.ts'

/** What reading files needs from the world. */
export type ReadingIo = {
  cwd: string
  /** Reads all of standard input; needed for the path `-` only. */
  stdin?: () => Promise<string>
}

/** How standard input is called in messages. */
const STDIN = '<stdin>'

/**
 * Reads files, directories (every *.yaml and *.yml below them, in order of path, hidden ones left out)
 * and `-` for stdin. A file that is named twice, or is among those `known`, is not read again. Throws nothing: what cannot be read is a
 * diagnostic, and the rest is read all the same.
 */
export async function loadSources(
  paths: readonly string[],
  io: ReadingIo,
  known: readonly Source[] = [],
): Promise<{ sources: Source[]; diagnostics: Diagnostic[] }> {
  const sources = new Map(known.map((source) => [resolve(io.cwd, source.file), source]))
  const diagnostics: Diagnostic[] = []
  for (const path of paths) {
    for (const file of (await attempt(path, () => filesAt(path, io), diagnostics)) ?? []) {
      const identity = resolve(io.cwd, file === '-' ? STDIN : file)
      if (sources.has(identity)) continue
      const source = await attempt(file, () => readSource(file, io), diagnostics)
      if (source !== undefined) sources.set(identity, source)
    }
  }
  return { sources: [...sources.values()].slice(known.length), diagnostics }
}

async function filesAt(path: string, io: ReadingIo): Promise<string[]> {
  if (path === '-' || !(await stat(resolve(io.cwd, path))).isDirectory()) return [path]
  const files = await yamlFilesIn(path, io)
  if (files.length === 0) throw new Unreadable('it has no *.yaml or *.yml file in it')
  return files.toSorted((a, b) => (a < b ? -1 : 1))
}

/** Links to files are followed (a mounted ConfigMap is made of them), links to directories are not. */
async function yamlFilesIn(folder: string, io: ReadingIo): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(resolve(io.cwd, folder), { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue
    const path = normalize(join(folder, entry.name))
    if (entry.isDirectory()) found.push(...(await yamlFilesIn(path, io)))
    else if (/\.ya?ml$/.test(entry.name) && (await stat(resolve(io.cwd, path))).isFile()) found.push(path)
  }
  return found
}

async function readSource(file: string, io: ReadingIo): Promise<Source> {
  if (file !== '-') return sourceOf(file, decode(await readFile(resolve(io.cwd, file))))
  if (io.stdin === undefined) throw new Unreadable('there is no standard input here')
  return sourceOf(STDIN, await io.stdin())
}

/** UTF-8; a byte order mark is not part of the text. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Unreadable('it is not UTF-8 text')
  }
}

class Unreadable extends Error {}

const REASONS: Record<string, string> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it does not exist',
  EACCES: 'permission denied',
  ELOOP: 'its links go round in a circle',
}

async function attempt<T>(path: string, read: () => Promise<T>, diagnostics: Diagnostic[]): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const reason = error instanceof Unreadable ? error.message : (REASONS[code ?? ''] ?? code ?? 'unknown error')
    diagnostics.push({ id: 'file/unreadable', severity: 'error', message: `cannot read ${path}: ${reason}` })
    return undefined
  }
}
