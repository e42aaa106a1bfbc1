import type { Kind } from '../config/desired-state.ts'
import type { KindDefinition } from './kind.ts'
import { abonnementen } from './kinds/abonnementen.ts'
import { autorisaties } from './kinds/autorisaties.ts'
import { clientCredentials } from './kinds/client-credentials.ts'
import { externalCredentials } from './kinds/external-credentials.ts'
import { kanalen } from './kinds/kanalen.ts'
import { settings } from './kinds/settings.ts'

/**
 * Every kind, parents first: the order in which objects are written and shown. They are deleted the
 * other way round.
 *
 *   externalCredentials ──► autorisaties ──► clientCredentials      settings
 *
 *   kanalen ──► abonnementen
 *
 * A new kind is one file in kinds/ and one line here.
 */
export const KINDS_IN_ORDER: readonly KindDefinition[] = [
  externalCredentials,
  autorisaties,
  clientCredentials,
  kanalen,
  abonnementen,
  settings,
]

const BY_NAME = new Map(KINDS_IN_ORDER.map((kind) => [kind.name, kind]))

export function kindNamed(name: Kind): KindDefinition {
  const kind = BY_NAME.get(name)
  if (kind === undefined) throw new Error(`kind ${name} is missing from the order`)
  return kind
}

/** The address of an object for people: `clientCredentials.open-zaak`, `egress`. */
export function addressOf({ kind, key }: { kind: Kind; key: string }): string {
  return kindNamed(kind).address(key)
}
