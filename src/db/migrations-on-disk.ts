import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm'
import { packageRoot } from '../common/package-root.ts'
import type { Provider } from './target.ts'

/** The migrations that this program carries for `provider`, oldest first, as the schema engine wants them. */
export async function migrationsOnDisk(provider: Provider): Promise<MigrationList> {
  const baseDir = join(packageRoot, 'prisma', provider)
  const names = (await readdir(baseDir)).filter((entry) => /^\d{4}_/.test(entry)).toSorted()
  return {
    baseDir,
    shadowDbInitScript: '',
    lockfile: { path: 'migration_lock.toml', content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8') },
    migrationDirectories: await Promise.all(
      names.map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(baseDir, path, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  }
}
