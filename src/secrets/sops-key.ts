import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Environment } from '../common/environment.ts'
import { SopsProblem, type SopsFile } from './sops-file.ts'

const DATA_KEY_BYTES = 32

/**
 * The data key of a file, opened with one of the age keys of SOPS_AGE_KEY or SOPS_AGE_KEY_FILE. Undefined
 * when none of them fits. Throws SopsProblem when the keys cannot be read.
 */
export async function openWithAge(
  { age, divided }: SopsFile,
  world: { environment: Environment; cwd: string },
): Promise<Buffer | undefined> {
  const identities = readIdentities(world)
  if (identities.length === 0 || age.length === 0 || divided) return undefined
  const { armor, Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  for (const identity of identities) {
    try {
      decrypter.addIdentity(identity)
    } catch {
      throw new SopsProblem('cannot be opened: SOPS_AGE_KEY or SOPS_AGE_KEY_FILE holds something that is no age key')
    }
  }
  for (const { armored } of age) {
    try {
      const key = Buffer.from(await decrypter.decrypt(armor.decode(armored)))
      if (key.length === DATA_KEY_BYTES) return key
    } catch {
      // Made for somebody else.
    }
  }
  return undefined
}

function readIdentities({ environment, cwd }: { environment: Environment; cwd: string }): string[] {
  const path = environment['SOPS_AGE_KEY_FILE']
  const texts = [environment['SOPS_AGE_KEY'] ?? '', path ? readKeyFile(resolve(cwd, path)) : '']
  const lines = texts.flatMap((text) => text.split(/[\r\n]+/)).map((line) => line.trim())
  return lines.filter((line) => line !== '' && !line.startsWith('#'))
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new SopsProblem(`cannot be opened: the file of SOPS_AGE_KEY_FILE, ${path}, cannot be read`)
  }
}
