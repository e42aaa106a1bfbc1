import type { Diagnostic } from '../common/diagnostics.ts'
import {
  duplicateAbonnement,
  duplicateUuid,
  permissionsNeedOwner,
  unknownFilter,
  unknownKanaal,
} from './rules/abonnementen.ts'
import {
  autorisatiesCredential,
  clientWithoutScopes,
  duplicateApiRoot,
  scopesNeedConfiguration,
} from './rules/credentials.ts'
import { httpInProduction, literalOutsideDevelopment, publicUrlInProduction } from './rules/environment.ts'
import { levelled } from './rules/levels.ts'
import { movedNames } from './rules/moved.ts'
import type { Rule, RuleInput } from './rules/rule.ts'
import { certificateNeedsKey, tlsNeedsHttps } from './rules/tls.ts'
import { locate, positionAt, type MapNode } from './tree.ts'
import type { Validated } from './validate.ts'

/** Every rule of a document; all of them look, whatever the others found. */
export const RULES: readonly Rule[] = [
  autorisatiesCredential,
  duplicateApiRoot,
  clientWithoutScopes,
  scopesNeedConfiguration,
  unknownKanaal,
  unknownFilter,
  duplicateAbonnement,
  duplicateUuid,
  permissionsNeedOwner,
  certificateNeedsKey,
  tlsNeedsHttps,
  movedNames,
  publicUrlInProduction,
  httpInProduction,
  literalOutsideDevelopment,
]

/** Runs the rules over what the schema accepted. A place that was refused is not reported again. */
export function checkRules(root: MapNode, { document, broken }: Validated): Diagnostic[] {
  const input: RuleInput = {
    document,
    names: (section) => {
      const node = locate(root, [section])?.value
      return new Set(node?.kind === 'map' ? node.entries.keys() : [])
    },
    complete: (section) => !broken.some(([first]) => first === section),
  }
  const found = RULES.flatMap(({ id, check }) =>
    check(input).map(({ at, prefer, ...finding }) => ({
      id,
      ...finding,
      position: positionAt(root, at, prefer),
      path: at.join('.'),
    })),
  )
  return levelled(found, document.settings?.rules)
}
