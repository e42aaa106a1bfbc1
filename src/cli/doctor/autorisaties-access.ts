import { credentialFor, type Caller } from '../../autorisaties/autorisaties-api.ts'
import type { Examination } from './examination.ts'
import { askApplicaties, type Asked, type Trouble } from './ask-autorisaties.ts'
import { explainAnswer } from './explain-autorisaties.ts'
import { explainFailure } from './explain-failure.ts'
import type { Remark } from './finding.ts'
import type { Limit } from './runner.ts'
import { currentSecret, identityOf, type Subject } from './subjects.ts'

/** Whom to ask about applicaties, and as whom. */
export type Access = {
  autorisaties: Subject<'autorisaties'>
  credential: Subject<'externalCredentials'>
  caller: Caller
}

/** Finds them as a server does; a remark when the configuration has a gap. */
export function accessOf({ subjects }: Examination): { access: Access } | { gap: Remark } {
  const { autorisaties, externalCredentials, from } = subjects
  const section = from === 'document' ? 'the document' : 'a document, then bode apply'
  if (autorisaties === undefined) {
    const what = 'declare autorisaties with the API root, or give each client authorizedBy: configuration and scopes'
    const advice = { what, where: section }
    return { gap: { id: 'not-configured', message: 'no Autorisaties API is configured', advice, side: 'document' } }
  }
  const named = externalCredentials.map((each) => ({ each, name: each.key, apiRoot: each.spec.apiRoot }))
  const credential = credentialFor(autorisaties.spec, named)?.each
  if (credential === undefined) {
    const message = 'no external credential has an API root that fits the one of autorisaties'
    const what = `declare one in externalCredentials with apiRoot: ${autorisaties.spec.apiRoot}`
    const advice = { what, where: autorisaties.place('apiRoot') }
    return { gap: { id: 'no-credential', message, advice, side: 'document' } }
  }
  const secret = currentSecret(credential)
  if (secret === undefined) {
    const message = `the secret of ${credential.address} is not there, so it cannot be asked`
    const advice = { what: 'make the reference resolvable', where: credential.place('secret') }
    return { gap: { id: 'no-secret', message, advice, side: 'secret' } }
  }
  const { clientId, userId, userRepresentation } = credential.spec
  const tlsMaterial = identityOf(credential)
  const caller = { name: credential.key, clientId, userId, userRepresentation, secret }
  return {
    access: { autorisaties, credential, caller: tlsMaterial === undefined ? caller : { ...caller, tlsMaterial } },
  }
}

/** Asks about one client id, within the time of a job. */
export function ask(examination: Examination, access: Access, clientId: string, limit: Limit): Promise<Asked> {
  const { clock } = examination
  return askApplicaties(access.autorisaties.spec, clientId, { caller: access.caller, egress: limit.egress, clock })
}

/** Trouble as a remark that says who has to change what. */
export function explainTrouble(
  trouble: Trouble,
  { subjects, clock, inspect }: Examination,
  { autorisaties, credential, caller }: Access,
  limit: Limit,
): Promise<Remark> | Remark {
  const { apiRoot } = autorisaties.spec
  const place = autorisaties.place('apiRoot')
  if (trouble.kind !== 'no-answer') {
    const parties = { apiRoot, clientId: caller.clientId, rootPlace: place, secretPlace: credential.place('secret') }
    return explainAnswer(trouble, parties)
  }
  return explainFailure({
    error: trouble.error,
    url: apiRoot,
    place,
    egressPlace: subjects.placeOf('egress'),
    now: clock.now(),
    inspect: () => inspect(apiRoot, limit.remainingMs(), identityOf(credential)),
  })
}
