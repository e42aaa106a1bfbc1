import { performance } from 'node:perf_hooks'
import type { Clock } from '../common/clock.ts'
import { version } from '../common/package-root.ts'
import type { Abonnement } from '../common/snapshot.ts'
import type { ClaimedDelivery } from '../db/claim-deliveries.ts'
import { authorizationFor, renewAuthorization } from '../egress/authorization.ts'
import { describeAuthorization } from '../egress/describe-authorization.ts'
import { EgressError } from '../egress/egress-error.ts'
import type { Egress, EgressResponse } from '../egress/egress.ts'
import type { OAuth2 } from '../egress/oauth2.ts'
import { tlsIdentityOf } from '../egress/secure-context.ts'
import { isUnauthorized, type AttemptResult } from './outcome.ts'
import { responseHead } from './response-head.ts'
import { signatureHeader } from './signature.ts'

/** The bytes for a subscriber, from what is stored; always the same for one delivery. */
export type SentBody = (body: string, format: number, abonnement: Abonnement) => { contentType: string; body: string }

export type AttemptContext = {
  egress: Egress
  oauth2: OAuth2
  clock: Clock
  sentBody: SentBody
  signal: AbortSignal
  /** Sent along, for a subscriber that traces; null or absent: nobody does. */
  traceparent?: string | null
}

/** One try on record. `aborted`: given up by our own side, which does not count. */
export type AttemptReport = {
  startedAt: number
  durationMs: number
  result: AttemptResult | 'aborted'
  /** What was shown to a subscriber that did not accept it: how old it is, never a value. */
  detail?: string
  /** The beginning of the answer, when that is kept. */
  responseHead?: string
}

/** Read so that the connection can be used again, then forgotten unless the settings say otherwise. */
const MAX_RESPONSE_BYTES = 65_536

/**
 * Sends a delivery once (a second time, within the same deadline, when an OAuth2 token turns out to be
 * revoked) and says what happened. Never throws: whatever goes wrong is a result.
 */
export async function attempt(
  context: AttemptContext,
  delivery: ClaimedDelivery,
  abonnement: Abonnement,
  timeoutMs: number,
  { keepResponse = false }: { keepResponse?: boolean } = {},
): Promise<AttemptReport> {
  const startedAt = context.clock.now()
  const begunAt = performance.now()
  const report = (result: AttemptReport['result']): AttemptReport => ({
    startedAt,
    durationMs: performance.now() - begunAt,
    result,
  })
  try {
    const { response, sent } = await send(context, delivery, abonnement, begunAt + timeoutMs)
    const retryAfter = response.headers['retry-after']
    const first = Array.isArray(retryAfter) ? retryAfter[0] : retryAfter
    const result = { kind: 'answer' as const, status: response.status, retryAfter: first }
    const { oauth2, clock } = context
    return {
      ...report(result),
      ...(isUnauthorized(result)
        ? { detail: describeAuthorization(abonnement, sent, { now: clock.now(), oauth2 }) }
        : {}),
      ...(keepResponse ? { responseHead: responseHead(response.body, [sent, abonnement.authSecret?.reveal()]) } : {}),
    }
  } catch (error) {
    if (!(error instanceof EgressError)) return report({ kind: 'error', error: 'body' })
    return report(error.errorClass === 'aborted' ? 'aborted' : { kind: 'error', error: error.errorClass })
  }
}

async function send(
  context: AttemptContext,
  delivery: ClaimedDelivery,
  abonnement: Abonnement,
  endsAt: number,
): Promise<{ response: EgressResponse; sent: string | undefined }> {
  const content = context.sentBody(delivery.body, delivery.format, abonnement)
  const once = async (authorization: string | undefined): Promise<EgressResponse> => {
    const timeoutMs = Math.floor(endsAt - performance.now())
    if (timeoutMs <= 0) throw new EgressError('timeout', 'no time left after authentication')
    const now = context.clock.now()
    const { egress, signal, traceparent = null } = context
    const plain = requestHeaders(delivery, content.contentType, authorization, now)
    const headers = {
      ...plain,
      ...signatureHeader(abonnement, plain, content.body, now),
      ...(traceparent === null ? {} : { traceparent }),
    }
    const identity = tlsIdentityOf(abonnement.id, abonnement)
    const request = { url: abonnement.callbackUrl, method: 'POST', headers, body: content.body, identity } as const
    return egress.request({ ...request, timeoutMs, maxResponseBytes: MAX_RESPONSE_BYTES, signal })
  }
  const authorize = (): Promise<string | undefined> =>
    authorizationFor(abonnement, { now: context.clock.now(), oauth2: context.oauth2 })

  const sent = await authorize()
  const response = await once(sent)
  if (response.status !== 401 || !renewAuthorization(abonnement, sent, context.oauth2)) {
    return { response, sent }
  }
  const renewed = await authorize()
  return { response: await once(renewed), sent: renewed }
}

/** delivery.md §5. What identifies a delivery stands in headers: the body has the standard's fields only. */
function requestHeaders(
  delivery: ClaimedDelivery,
  contentType: string,
  authorization: string | undefined,
  now: number,
): Record<string, string> {
  return {
    'content-type': contentType,
    accept: 'application/json',
    'user-agent': `bode/${version}`,
    ...(authorization === undefined ? {} : { authorization }),
    'webhook-id': delivery.notificatieId,
    'webhook-timestamp': String(Math.floor(now / 1_000)),
    'webhook-attempt': String(delivery.attempt),
  }
}
