import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Environment } from '../common/environment.ts'
import { Secret } from '../common/secret.ts'
import type { Resolution } from './resolution.ts'
import { decryptSopsFile, parseSopsFile, SopsProblem, type Plain } from './sops-file.ts'
import { openWithAge } from './sops-key.ts'
import { decryptWithProgram } from './sops-program.ts'

/** Files that sops encrypted, each decrypted once. */
export type SopsFiles = {
  /** The value of `FILE#/POINTER`. */
  look(reference: string): Promise<Resolution>
}

type World = { environment: Environment; cwd: string }

/** For one run: what was decrypted is remembered for as long as this is. */
export function sopsFiles(world: World): SopsFiles {
  const files = new Map<string, Promise<Map<string, Plain>>>()
  return {
    async look(reference) {
      const at = reference.indexOf('#')
      const file = resolve(world.cwd, at === -1 ? reference : reference.slice(0, at))
      const known = files.get(file) ?? decrypt(file, world)
      files.set(file, known)
      try {
        return valueAt(await known, at === -1 ? '' : reference.slice(at + 1), file)
      } catch (error) {
        if (error instanceof SopsProblem) return { problem: `the file ${file} ${error.message}` }
        throw error
      }
    },
  }
}

async function decrypt(path: string, world: World): Promise<Map<string, Plain>> {
  const file = parseSopsFile(read(path))
  const key = await openWithAge(file, world)
  if (key !== undefined) return decryptSopsFile(file, key)
  const plain = await decryptWithProgram(path, world.environment)
  if (plain !== undefined) return plain
  const wanted = file.age.map(({ recipient }) => recipient).join(', ')
  throw new SopsProblem(
    wanted === ''
      ? 'is not encrypted for an age key, and the sops program, which can open it, is not installed'
      : `needs an age key in SOPS_AGE_KEY or SOPS_AGE_KEY_FILE, one of: ${wanted}`,
  )
}

function valueAt(plain: ReadonlyMap<string, Plain>, pointer: string, file: string): Resolution {
  const found = plain.get(pointer)
  if (found === undefined) {
    const below = [...plain.keys()].some((key) => key.startsWith(`${pointer}/`))
    return { problem: `in the file ${file} there is ${below ? 'more than one value' : 'nothing'} at ${pointer}` }
  }
  const { text, type, encrypted } = found
  if (!encrypted) return { problem: `in the file ${file} the value at ${pointer} is not encrypted` }
  if (type !== 'str') return { problem: `in the file ${file} the value at ${pointer} is no text; put quotes round it` }
  return text === ''
    ? { problem: `in the file ${file} the value at ${pointer} is empty` }
    : { secret: new Secret(text), warnings: [] }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new SopsProblem(missing ? 'does not exist' : 'cannot be read')
  }
}
