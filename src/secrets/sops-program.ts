import { execFile } from 'node:child_process'
import type { Environment } from '../common/environment.ts'
import { SopsProblem, type Plain } from './sops-file.ts'

/** A key service may have to be asked. */
const WITHIN_MS = 30_000
const MAX_BYTES = 16 * 1024 * 1024

/**
 * Lets the `sops` program decrypt a file, with whatever keys it knows of. Undefined when it is not
 * installed. Throws SopsProblem when it fails; what it printed is not shown, for it is not ours to vouch for.
 */
export async function decryptWithProgram(
  path: string,
  environment: Environment,
): Promise<Map<string, Plain> | undefined> {
  const output = await new Promise<string | undefined>((done, fail) => {
    const options = { env: { ...environment }, timeout: WITHIN_MS, maxBuffer: MAX_BYTES }
    execFile('sops', ['--decrypt', '--output-type', 'json', path], options, (error, stdout) => {
      if (error === null) done(stdout)
      else if (error.code === 'ENOENT') done(undefined)
      else if (error.killed === true) {
        fail(new SopsProblem(`could not be decrypted by the sops program within ${WITHIN_MS / 1000} s`))
      } else fail(new SopsProblem(`could not be decrypted by the sops program; see why with: sops --decrypt ${path}`))
    })
  })
  if (output === undefined) return undefined
  const plain = new Map<string, Plain>()
  try {
    flatten(JSON.parse(output), '', plain)
  } catch {
    throw new SopsProblem('could not be read after the sops program decrypted it')
  }
  return plain
}

function flatten(value: unknown, pointer: string, plain: Map<string, Plain>): void {
  if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      flatten(member, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, plain)
    }
  } else if (typeof value === 'string') plain.set(pointer, { text: value, type: 'str', encrypted: true })
  else if (value !== null) plain.set(pointer, { text: JSON.stringify(value), type: typeof value, encrypted: true })
}
