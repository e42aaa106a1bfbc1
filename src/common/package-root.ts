import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The folder that holds package.json, found upwards from this file: the same answer for `src/` under
 * a loader and for the built `dist/`. Migrations, schemas and examples are found from here.
 */
export const packageRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)))

/** The version in package.json. */
export const version: string = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new Error('package.json not found above the program')
  return findRoot(parent)
}
