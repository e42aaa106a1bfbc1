import type { Settings } from '../common/model.ts'
import { version } from '../common/package-root.ts'
import { invalid, type InvalidParam } from '../common/problem.ts'
import type { Secret } from '../common/secret.ts'
import type { Egress } from '../egress/egress.ts'
import { EgressError } from '../egress/egress-error.ts'
import type { TlsIdentity } from '../egress/secure-context.ts'

export type Probe = {
  callbackUrl: string
  /** Sent verbatim as Authorization; undefined sends none. */
  auth: Secret | undefined
  mode: Settings['callbacks']['probe']
  /** False when the request leaves the callbackUrl as it is: it was asked for authorization before. */
  newCallback: boolean
  /** Whose certificates it is called with; without it nobody's. */
  identity?: TlsIdentity | undefined
}

const TIMEOUT_MS = 10_000
/** Nothing of an answer but its status is of interest, and none of it is shown. */
const MAX_ANSWER_BYTES = 1_024
/** Known for having no authorization; Open Notificaties lets it pass too. */
const OPEN_HOST = 'webhook.site'

const TEST_MESSAGE = JSON.stringify({
  kanaal: 'test',
  hoofdObject: 'http://some.hoofdobject.nl/',
  resource: 'some_resource',
  resourceUrl: 'http://some.resource.nl/',
  actie: 'create',
  aanmaakdatum: '2019-01-01T12:00:00Z',
  kenmerken: {},
})

/**
 * Tries a callback before an abonnement is stored (behaviour reference §2.3), with Open Notificaties' body
 * and order:
 *
 * 1. without authorization it must answer 401 or 403;
 * 2. with authorization it must answer 200-209.
 *
 * Mode `reachable` sends the second only and takes any answer; `off` sends nothing. Throws Problem
 * `invalid` naming the step that failed; a callback that cannot be reached fails its step.
 */
export async function probeCallback(egress: Egress, probe: Probe): Promise<void> {
  const { callbackUrl, auth, mode, newCallback } = probe
  if (mode === 'off') return
  if (mode === 'strict' && newCallback && new URL(callbackUrl).host !== OPEN_HOST) {
    const status = await send(egress, probe, undefined)
    if (typeof status === 'string') throw invalid(unreachable(status))
    if (status !== 401 && status !== 403) throw invalid(NOT_PROTECTED)
  }
  const status = await send(egress, probe, auth)
  if (typeof status === 'string') throw invalid(unreachable(status))
  if (mode === 'strict' && (status < 200 || status > 209)) throw invalid(cannotReceive(status))
}

/** The status, or why there was none. */
async function send(
  egress: Egress,
  { callbackUrl: url, identity }: Probe,
  auth: Secret | undefined,
): Promise<number | string> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': `bode/${version}`,
    ...(auth === undefined ? {} : { authorization: auth.reveal() }),
  }
  try {
    const answer = await egress.request({
      url,
      method: 'POST',
      headers,
      body: TEST_MESSAGE,
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_ANSWER_BYTES,
      identity,
    })
    return answer.status
  } catch (error) {
    if (error instanceof EgressError) return error.message
    throw error
  }
}

const NOT_PROTECTED: InvalidParam = {
  name: 'callbackUrl',
  code: 'no-auth-on-callback-url',
  reason: 'De opgegeven callback URL is niet beveiligd met autorisatie.',
}

function cannotReceive(status: number): InvalidParam {
  return refused(`Een testbericht met de opgegeven auth kreeg als antwoord HTTP ${status}; verwacht is 200-209.`)
}

function unreachable(why: string): InvalidParam {
  return refused(`De callback URL is niet bereikbaar: ${why}.`)
}

function refused(why: string): InvalidParam {
  return {
    name: 'nonFieldErrors',
    code: 'invalid-callback-url',
    reason: `De opgegeven callback URL kan geen notificaties ontvangen. ${why}`,
  }
}
