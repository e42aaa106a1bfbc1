import type { Diagnostic } from '../common/diagnostics.ts'
import { isDeclared } from '../common/snapshot.ts'
import type { DesiredObject, Moved } from '../config/desired-state.ts'
import type { LiveObject } from './kind.ts'
import { addressOf } from './kinds.ts'

// What a document and the database, or two owners, disagree about; one function per disagreement.

/** An object of somebody else. */
export function foreign(owner: string, object: DesiredObject, live: LiveObject): Diagnostic {
  const path = addressOf(object)
  const whose = isDeclared(live.owner)
    ? `belongs to the configuration "${live.owner}"`
    : `was made through the API by the client "${live.owner.replace(/^client:/, '')}"`
  return {
    id: 'owner/conflict',
    severity: 'error',
    message: `${addressOf(live)} ${whose}; this configuration is "${owner}"`,
    position: object.position,
    path,
    help: [`let one configuration declare it; to take it over: ${adoption(live)}`],
  }
}

function adoption({ kind, key, id, owner }: LiveObject): string {
  const from = isDeclared(owner) ? ` --from ${owner}` : ''
  return `bode adopt ${kind}/${kind === 'abonnementen' ? id : key}${from}`
}

/** Two documents that are planned together declare the same. */
export function declaredTwice(
  owner: string,
  object: DesiredObject,
  twin: { owner: string; object: DesiredObject },
): Diagnostic {
  const { file, line } = twin.object.position
  return {
    id: 'owner/conflict',
    severity: 'error',
    message: `${addressOf(object)} is declared by "${owner}" and by "${twin.owner}" (${file}:${line})`,
    position: object.position,
    path: addressOf(object),
    help: ['let one configuration declare it'],
  }
}

/** A move to a name that another object has. */
export function bothThere(object: DesiredObject, live: LiveObject, { from, position }: Moved): Diagnostic {
  return {
    id: 'moved/conflict',
    severity: 'error',
    message: `${addressOf(object)} cannot be what was called "${from}": both are in the database`,
    position,
    path: addressOf(object),
    help: [`delete ${addressOf(live)} first, or take this entry out of moved`],
  }
}

/** An abonnement that is known under another uuid. */
export function otherUuid(object: DesiredObject, live: LiveObject): Diagnostic {
  return {
    id: 'abonnement/uuid',
    severity: 'error',
    message: `${addressOf(object)} has the uuid ${live.id}, and an uuid never changes`,
    position: object.fields.get('uuid') ?? object.position,
    path: addressOf(object),
    help: [`write uuid: ${live.id}, or give the abonnement another name to make a new one`],
  }
}
