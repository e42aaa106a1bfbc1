import type { OnService } from '../../../common/open-notificaties.ts'
import { quoted } from '../../quoted.ts'
import { isEmpty, isUnknown, valueOf, VariableText, type ConvertedObject, type Value } from '../converted.ts'
import { Names } from '../names.ts'
import { note, type Making } from './context.ts'

/** What a new Open Notificaties has before anybody configures it. */
const FACTORY_API_ROOT = 'https://autorisaties-api.vng.cloud/api/v1'
/** The schema asks for one; the person who reads the comment knows better. */
const PLACEHOLDER_CLIENT_ID = 'open-notificaties'

/** The Autorisaties API, and the credentials to call it with. Other services mean nothing to Bode. */
export function makeAutorisaties(making: Making): void {
  const { facts, findings } = making
  const service = chosenService(making)
  for (const other of facts.services) {
    if (other === service || other.apiType === 'ac') continue
    findings.warn(other.origin.position, {
      id: 'unused-service',
      message: `${other.origin.shown} is left out: Bode calls only the Autorisaties API with credentials`,
    })
  }
  const names = new Names('-')
  for (const one of facts.services) {
    if (one === service || one.apiType === 'ac')
      makeCredential(making, one, names.take(slugOf(one.slug)), one === service)
  }
}

function chosenService(making: Making): OnService | undefined {
  const { facts, findings, converted } = making
  const { autorisaties, services } = facts
  if (autorisaties === undefined || autorisaties.service === undefined) {
    noAutorisaties(making)
    return undefined
  }
  const { origin } = autorisaties
  const service = services.find(({ slug }) => slug === autorisaties.service)
  if (service === undefined) {
    const message = `there is no service ${quoted(autorisaties.service)}, so Open Notificaties would have stopped here`
    findings.error(origin.position, { id: 'unknown-service', message })
    return undefined
  }
  const isFactory = typeof service.apiRoot === 'string' && withoutSlash(service.apiRoot) === FACTORY_API_ROOT
  if (isFactory && isUnknown(service.secret)) {
    noAutorisaties(making)
    return undefined
  }
  const comments: string[] = []
  if (autorisaties.component !== 'nrc') {
    note(making, comments, origin, {
      id: 'component',
      message: `the component was ${quoted(autorisaties.component)}, with which Open Notificaties refused every client that has scopes; in Bode it is nrc`,
    })
  }
  const apiRoot = withSlash(service)
  converted.objects.push({ kind: 'autorisaties', key: '', value: { apiRoot, component: 'nrc' }, comments, origin })
  return service
}

function noAutorisaties({ facts, findings, converted }: Making): void {
  const message = 'no Autorisaties API is configured, so nobody says what clients may do'
  const help = 'add the section autorisaties, or give clients authorizedBy: configuration and scopes'
  findings.warn(facts.autorisaties?.origin.position, { id: 'no-autorisaties', message, help: [help] })
  converted.header.push(`${message}: ${help}.`)
}

function makeCredential(making: Making, service: OnService, key: string, isChosen: boolean): void {
  const { slug, label, clientId, userId, userRepresentation, secret, authType, origin } = service
  const comments: string[] = []
  if (authType !== 'zgw') {
    note(making, comments, origin, {
      id: 'auth-unsupported',
      message: `${origin.shown} is called with ${quoted(authType)}; Bode calls the Autorisaties API with a ZGW token only`,
      help: ['ask for a client id and a secret there'],
    })
    if (!isChosen) return
  } else if (isEmpty(clientId) || isUnknown(secret)) {
    note(making, comments, origin, {
      id: 'no-credentials',
      message: `${origin.shown} has no client id or secret, so Open Notificaties could not call it`,
      help: ['ask for a client id and a secret there'],
    })
    if (!isChosen) return
  }
  const client = isEmpty(clientId) ? PLACEHOLDER_CLIENT_ID : valueOf(clientId)
  const value: ConvertedObject['value'] = {
    apiRoot: withSlash(service),
    ...(isEmpty(label) || label === slug ? {} : { label: valueOf(label) }),
    clientId: client,
    secret: making.secrets.mark(secret, key, 'secret'),
    ...(isEmpty(userId) || userId === clientId ? {} : { userId: valueOf(userId) }),
    ...(isEmpty(userRepresentation) ? {} : { userRepresentation: valueOf(userRepresentation) }),
  }
  making.converted.objects.push({ kind: 'externalCredentials', key, value, comments, origin })
}

/** Open Notificaties adds the slash when it saves a service. */
function withSlash({ apiRoot }: OnService): Value {
  return typeof apiRoot === 'string' ? `${withoutSlash(apiRoot)}/` : new VariableText(apiRoot.variable)
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '')
}

function slugOf(slug: string): string {
  const name = slug.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return name === '' ? 'autorisaties' : name
}
