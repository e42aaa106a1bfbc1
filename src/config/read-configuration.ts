import type { Environment } from '../common/environment.ts'
import type { ReadingIo } from './load.ts'
import { loadConfiguration } from './load-configuration.ts'
import { readSources, type Configuration } from './read-sources.ts'

export type { Configuration } from './read-sources.ts'

/**
 * Reads, checks and completes the configuration in `paths` (files, directories, `-` for stdin), as it is
 * in environment `env` when that is given. Knows no database and resolves no secret. Throws nothing for
 * what a user can get wrong: every mistake in every file is a diagnostic, with its place and a code
 * frame in which secrets are masked.
 */
export async function readConfiguration(
  paths: readonly string[],
  io: ReadingIo & { environment: Environment; env?: string | undefined },
): Promise<Configuration> {
  const { sources, diagnostics, env } = await loadConfiguration(paths, io)
  return readSources(sources, { environment: io.environment, env, cwd: io.cwd, diagnostics })
}
