import type { Trouble } from './ask-autorisaties.ts'
import type { Advice, Remark } from './finding.ts'

/** The screens of the system that has the Autorisaties API, as Open Zaak names them. */
export const SCREENS = {
  applicaties: 'Open Zaak admin > API Autorisaties > Applicaties',
  credentials: 'Open Zaak admin > API Autorisaties > Client credentials (Autorisatiegegevens)',
} as const

/** Where the things are that a wrong answer of the Autorisaties API can come from. */
export type Parties = {
  apiRoot: string
  /** As whom Bode calls it. */
  clientId: string
  rootPlace: string
  secretPlace: string
}

type Answered = Exclude<Trouble, { kind: 'no-answer' }>

/** Why the Autorisaties API gave no usable answer though it answered, and who has to change what. Pure. */
export function explainAnswer(trouble: Answered, parties: Parties): Remark {
  const remark = explainOne(trouble, parties)
  if (trouble.page === 1 || trouble.kind === 'elsewhere') return remark
  const message = `page ${trouble.page} of its answer is broken, so what is there is not seen: ${remark.message}`
  return { ...remark, id: `page-${remark.id}`, message }
}

function explainOne(trouble: Answered, parties: Parties): Remark {
  const { apiRoot, rootPlace } = parties
  if (trouble.kind === 'status') return explainStatus(trouble, parties)
  if (trouble.kind === 'not-json') {
    return {
      id: trouble.html ? 'html' : 'not-json',
      message: `it answers with ${trouble.html ? 'a web page (HTML)' : 'something that is not JSON'}, not with applicaties`,
      advice: at('let the API root point at the API: a web site, a login page or a gateway answers there', rootPlace),
    }
  }
  if (trouble.kind === 'not-a-page') {
    return {
      id: 'not-a-page',
      message: 'it answers with JSON that is not a page of applicaties',
      advice: at(`let the API root point at an Autorisaties API; ${hint(apiRoot)}`, rootPlace),
    }
  }
  const seen = 'a server does not follow it, so the applicaties there are not seen'
  return {
    id: 'next-elsewhere',
    message: `the link to page ${trouble.page} leads to ${trouble.origin}, which is not under ${apiRoot}; ${seen}`,
    advice: at(
      'let it make its links from the address by which it is called (X-Forwarded-Proto and Host of the proxy, SITE_DOMAIN)',
      `the system of the Autorisaties API, or the API root at ${rootPlace}`,
    ),
  }
}

function explainStatus({ status, code, location }: Extract<Answered, { kind: 'status' }>, parties: Parties): Remark {
  const { apiRoot, clientId, rootPlace, secretPlace } = parties
  if (status === 401 || status === 403) {
    const known = REFUSALS[code ?? ''] ?? REFUSALS['']
    const { id, because, what, where } = known!(clientId, secretPlace)
    return {
      id,
      message: `it refuses our credential (${status}${code === undefined ? '' : ` ${code}`}): ${because}`,
      advice: at(what, where),
    }
  }
  if (status >= 300 && status < 400) {
    const to = location === undefined ? '' : ` to ${location}`
    return {
      id: 'redirect',
      message: `it redirects (${status})${to}; Bode follows no redirect, so that a token goes nowhere else`,
      advice: at('write the address that it redirects to as the API root', rootPlace),
    }
  }
  if (status === 404 || status === 405 || status === 410) {
    return {
      id: 'not-found',
      message: `there is no list of applicaties under ${apiRoot} (${status})`,
      advice: at(`correct the path of the API root; ${hint(apiRoot)}`, rootPlace),
    }
  }
  if (status === 429) {
    return {
      id: 'rate-limited',
      message: 'it asks to be called less often (429)',
      advice: at('raise the limit for this client', 'the gateway before the Autorisaties API'),
    }
  }
  const whose = status >= 500 ? 'it fails itself' : 'it does not take the request'
  return {
    id: status >= 500 ? 'server-error' : 'status',
    message: `${whose} (${status}${code === undefined ? '' : ` ${code}`})`,
    advice: at('read its log', `the system of the Autorisaties API (${new URL(apiRoot).host})`),
  }
}

type Refusal = (clientId: string, secretPlace: string) => { id: string; because: string; what: string; where: string }

/** By the code in the problem document (behaviour reference §3.2); '' for any other. */
const REFUSALS: Record<string, Refusal> = {
  'invalid-client-identifier': (clientId, secretPlace) => ({
    id: 'client-unknown',
    because: `it has no client credential with Client ID "${clientId}"`,
    what: `add Client ID "${clientId}" with the secret of ${secretPlace}, or correct clientId there`,
    where: SCREENS.credentials,
  }),
  'invalid-jwt-signature': (clientId, secretPlace) => ({
    id: 'secret-wrong',
    because: `its secret for Client ID "${clientId}" is another than ours`,
    what: `make both the same: the secret at ${secretPlace}, and that of Client ID "${clientId}" there`,
    where: SCREENS.credentials,
  }),
  'jwt-expired': () => expired,
  'jwt-expiredsignatureerror': () => expired,
  'jwt-immaturesignatureerror': () => expired,
  permission_denied: (clientId) => ({
    id: 'no-rights',
    because: `Client ID "${clientId}" may not read applicaties`,
    what: `give the applicatie with Client ID "${clientId}" the scope autorisaties.lezen for component Autorisaties API (ac), or all autorisaties`,
    where: SCREENS.applicaties,
  }),
  '': (clientId, secretPlace) => ({
    id: 'credential-refused',
    because: 'Client ID or secret is wrong, or it has no rights',
    what: `see that Client ID "${clientId}" exists there with the secret of ${secretPlace}, and that its applicatie has autorisaties.lezen (${SCREENS.applicaties})`,
    where: SCREENS.credentials,
  }),
}

const expired = {
  id: 'token-expired',
  because: 'it finds a token that was made this second too old or too new, so the clocks differ',
  what: 'set the clocks right (NTP)',
  where: 'this machine and the one of the Autorisaties API',
}

/** What an API root mostly looks like. */
function hint(apiRoot: string): string {
  return /\/autorisaties\/api\/v\d+\/?$/.test(apiRoot)
    ? 'the path looks right, so host or port may be another system'
    : 'with Open Zaak it ends in /autorisaties/api/v1/'
}

function at(what: string, where: string): Advice {
  return { what, where }
}
