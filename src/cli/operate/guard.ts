import { realpathSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import type { Diagnostic } from '../../common/diagnostics.ts'
import type { DesiredState } from '../../config/desired-state.ts'
import { showReference, type SecretReference } from '../../secrets/references.ts'

/** Variables of the server itself: no document has business with them. */
const OWN_VARIABLES = /^(BODE_|DATABASE_URL)/i

/**
 * The references of a document that came from elsewhere and that this server will not look up: its own
 * variables, files outside `secretsDirs` (links followed), and sops, whose key it does not have. Whoever
 * may send documents may otherwise read any file of the server, by making it a secret of a callback.
 */
export function forbiddenReferences(
  states: readonly Pick<DesiredState, 'objects'>[],
  { cwd, secretsDirs }: { cwd: string; secretsDirs: readonly string[] },
): Diagnostic[] {
  return states.flatMap(({ objects }) =>
    objects.flatMap(({ secrets }) =>
      secrets.flatMap(({ reference, position }): Diagnostic[] => {
        const reason = whyForbidden(reference, cwd, secretsDirs)
        if (reason === undefined) return []
        const { message, help } = reason
        return [{ id: 'secret/not-allowed', severity: 'error', message, position, help: [help] }]
      }),
    ),
  )
}

type Reason = { message: string; help: string }

function whyForbidden(reference: SecretReference, cwd: string, dirs: readonly string[]): Reason | undefined {
  const shown = showReference(reference)
  if ('env' in reference && OWN_VARIABLES.test(reference.env)) {
    return { message: `${shown} is a variable of the server itself`, help: 'give the secret a name of its own' }
  }
  if ('file' in reference && !isBelow(resolve(cwd, reference.file), dirs)) {
    const help = `mount it below ${dirs.join(' or ')}, or name its directory in BODE_SECRETS_DIRS of the server`
    return { message: `${shown} is not in a directory from which the server reads secrets`, help }
  }
  if ('sops' in reference) {
    const help = 'let the server have the value as a file or variable, or apply without --server'
    return { message: `${shown}: a server decrypts no sops files`, help }
  }
  return undefined
}

/** What does not exist is judged by its name; looking it up then says that it is not there. */
function isBelow(path: string, dirs: readonly string[]): boolean {
  const file = realOr(path)
  return dirs.some((dir) => [resolve(dir), realOr(resolve(dir))].some((real) => file.startsWith(real + sep)))
}

function realOr(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
