import type { Diagnostic } from '../../common/diagnostics.ts'
import type { Environment } from '../../common/environment.ts'
import { readConfiguration } from '../read-configuration.ts'
import type { Converted, ConvertedObject } from './converted.ts'
import type { Findings } from './findings.ts'
import { byVariable, writeDocument } from './write-document.ts'

/** What is said of the surroundings, not of the document. */
const NOT_OF_THE_DOCUMENT: ReadonlySet<string> = new Set(['variables/unset'])

/**
 * Takes out of `converted` what Bode does not accept, each with Bode's own reason: what comes out
 * validates. Open Notificaties checks little, so an URL in its database may be none. Returns what is
 * wrong with the rest, which is nothing, unless `name` is not a name.
 */
export async function leaveOutInvalid(
  converted: Converted,
  name: string,
  { findings, environment }: { findings: Findings; environment: Environment },
): Promise<Diagnostic[]> {
  leaveOutUnnamed(converted, findings)
  for (;;) {
    const text = writeDocument(converted, name, byVariable)
    const io = { cwd: '/', environment, stdin: async () => text }
    const { diagnostics } = await readConfiguration(['-'], io)
    const errors = diagnostics.filter(({ id, severity }) => severity === 'error' && !NOT_OF_THE_DOCUMENT.has(id))
    if (errors.length === 0) return []
    const broken = new Map<ConvertedObject, Diagnostic>()
    for (const error of errors) {
      const object = objectOf(error, converted.objects)
      if (object !== undefined && !broken.has(object)) broken.set(object, error)
    }
    if (broken.size === 0) return errors
    for (const [object, error] of broken) leaveOut(converted, object, error, findings)
  }
}

/** Of two names that fit, `open` and `open.zaak`, the longer one is meant. */
function objectOf({ path = '' }: Diagnostic, objects: readonly ConvertedObject[]): ConvertedObject | undefined {
  const fitting = objects.filter((object) => `${path}.`.startsWith(`${addressOf(object)}.`))
  return fitting.toSorted((a, b) => b.key.length - a.key.length)[0]
}

function addressOf({ kind, key }: ConvertedObject): string {
  if (kind === 'settings') return key
  return kind === 'autorisaties' ? kind : `${kind}.${key}`
}

/** What cannot even be written as a key. */
function leaveOutUnnamed(converted: Converted, findings: Findings): void {
  for (const object of converted.objects) {
    if (object.key !== '' || object.kind === 'autorisaties') continue
    const message = 'it has no name'
    leaveOut(converted, object, { id: 'yaml/key', severity: 'error', message, path: addressOf(object) }, findings)
  }
}

function leaveOut(converted: Converted, object: ConvertedObject, error: Diagnostic, findings: Findings): void {
  converted.objects = converted.objects.filter((other) => other !== object)
  const { path = '', help } = error
  const field = path.slice(addressOf(object).length + 1)
  const reason = field === '' ? error.message : `${field}: ${error.message}`
  const message = `${object.origin.shown} is left out, Bode would not accept it: ${reason}`
  converted.header.push(message)
  findings.warn(object.origin.position, { id: 'left-out', message, ...(help === undefined ? {} : { help }) })
}
