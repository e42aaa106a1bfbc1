import type { AuthSpec } from '../../common/model.ts'
import type { Finding, Remark, Reporter } from './finding.ts'

/** What a callback answered to the test message. */
export type Answers = {
  host: string
  authType: AuthSpec['type']
  withoutAuth: number
  /** Undefined when the abonnement has no authentication. */
  withAuth?: number
  places: { url: string; auth: string }
  /** `callbacks.probe` is strict: what is open would not be registered. */
  strict: boolean
  report: Reporter
}

/**
 * The demands of the API's strict probe: 200-209 with authorization, 401 or 403 without. What a receiver
 * may answer to the test message though it takes real ones (400, 422) is a warning; what it answers without
 * authorization is one too unless probes are strict. Pure.
 */
export function judgeCallback(answers: Answers): Finding[] {
  const { report, withoutAuth, withAuth, host, places, strict } = answers
  if (withAuth === undefined) {
    return [
      isTaken(withoutAuth)
        ? report.ok('answers', `it takes the test message (${withoutAuth}); the abonnement has no authentication`)
        : refusal(withoutAuth, answers, 'without authorization, as the abonnement has none'),
    ]
  }
  const first = isTaken(withAuth)
    ? report.ok('answers', `it takes the test message with authorization (${withAuth})`)
    : refusal(withAuth, answers, 'with authorization')
  const advice = {
    what: `let ${host} answer 401 or 403 to a request without a good Authorization`,
    where: `the system behind ${host} (${places.url})`,
  }
  if (isTaken(withoutAuth)) {
    const message = `it takes the test message without authorization too (${withoutAuth}): anybody can send it messages`
    const remark = { id: 'open', message, advice }
    return [first, strict ? report.failed(remark) : report.warning(remark)]
  }
  if (isDenied(withoutAuth) || !isTaken(withAuth)) return [first]
  const message = `without authorization it answers ${withoutAuth}; 401 or 403 is expected`
  return [first, report.warning({ id: 'unclear', message, advice })]
}

function refusal(status: number, answers: Answers, how: string): Finding {
  const { report } = answers
  const remark = explain(status, answers, how)
  // The message is an invented one on kanaal "test": many receivers refuse it and take real ones.
  return status === 400 || status === 409 || status === 422 ? report.warning(remark) : report.failed(remark)
}

function explain(status: number, { host, places, authType }: Answers, how: string): Remark {
  const said = `it answers ${status} to the test message ${how}`
  if (isDenied(status)) {
    const message =
      authType === 'no_auth' ? `${said}: it asks for authentication` : `${said}: it does not accept our authorization`
    const what =
      authType === 'no_auth'
        ? 'give the abonnement an auth'
        : `put the value that ${host} expects behind the reference, or change it there`
    return { id: 'auth-refused', message, advice: { what, where: places.auth }, side: 'secret' }
  }
  if (status >= 300 && status < 400) {
    const advice = { what: 'write the address that it redirects to', where: places.url }
    return { id: 'redirect', message: `${said}: a redirect, which Bode does not follow`, advice }
  }
  if (status === 404 || status === 405 || status === 410) {
    const advice = { what: 'correct the path: there is nothing that takes a POST', where: places.url }
    return { id: 'not-found', message: said, advice }
  }
  if (status >= 500) {
    const advice = { what: 'see its log', where: `the system behind ${host}` }
    return { id: 'server-error', message: `${said}: it fails itself`, advice }
  }
  const what = `nothing, when it takes real messages; an API client cannot make this abonnement with callbacks.probe strict`
  return { id: 'test-refused', message: said, advice: { what, where: `the system behind ${host}` } }
}

function isTaken(status: number): boolean {
  return status >= 200 && status <= 209
}

function isDenied(status: number): boolean {
  return status === 401 || status === 403
}
