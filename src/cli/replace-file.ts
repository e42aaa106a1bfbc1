import { randomUUID } from 'node:crypto'
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Puts `text` in the place of a file's content, with its mode, in one step: whoever reads it sees all of
 * the old or all of the new, also when the power goes. A link stays a link. Throws what the file system does.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const target = await realpath(path)
  const { mode } = await stat(target)
  const beside = join(dirname(target), `.bode-${randomUUID()}`)
  try {
    await writeFile(beside, text, { mode, flag: 'wx', flush: true })
    await rename(beside, target)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}
