import type {
  AbonnementSpec,
  AuthSpec,
  AutorisatiesSpec,
  ClientCredentialSpec,
  DeliveryOverrides,
  ExternalCredentialSpec,
  KanaalFilter,
  KanaalSpec,
} from '../../common/model.ts'
import type { RenderObject } from '../desired-state.ts'
import { formatDuration } from '../../common/duration.ts'
import { AUTORISATIES_DEFAULTS } from '../schema/autorisaties.ts'

type Value = Record<string, unknown>

/** An object as its author would write it, without its secrets: what has its default is left out. */
export function objectValue(object: Exclude<RenderObject, { kind: 'settings' }>): Value {
  return object.protected ? { ...ownValue(object), protected: true } : ownValue(object)
}

function ownValue(object: Exclude<RenderObject, { kind: 'settings' }>): Value {
  if (object.kind === 'autorisaties') return autorisatiesValue(object.spec)
  if (object.kind === 'externalCredentials') return externalCredentialValue(object.key, object.spec)
  if (object.kind === 'clientCredentials') return clientCredentialValue(object.spec)
  if (object.kind === 'kanalen') return kanaalValue(object.spec)
  return { ...(object.uuid === undefined ? {} : { uuid: object.uuid }), ...abonnementValue(object.spec) }
}

function autorisatiesValue({ apiRoot, component, credential, cacheForMs, staleForMs }: AutorisatiesSpec): Value {
  return {
    apiRoot,
    component,
    ...unless(credential, null, { credential }),
    ...unless(cacheForMs, AUTORISATIES_DEFAULTS.cacheForMs, { cacheFor: formatDuration(cacheForMs) }),
    ...unless(staleForMs, AUTORISATIES_DEFAULTS.staleForMs, { staleFor: formatDuration(staleForMs) }),
  }
}

function externalCredentialValue(key: string, spec: ExternalCredentialSpec): Value {
  const { apiRoot, label, clientId, userId, userRepresentation } = spec
  return {
    apiRoot,
    ...unless(label, key, { label }),
    clientId,
    ...unless(userId, clientId, { userId }),
    ...unless(userRepresentation, '', { userRepresentation }),
  }
}

function clientCredentialValue({ type, authorizedBy, scopes, cloudEventsSource }: ClientCredentialSpec): Value {
  return {
    ...unless(type, undefined, { type }),
    ...unless(authorizedBy, 'autorisaties', { authorizedBy, scopes }),
    ...unless(cloudEventsSource, undefined, { cloudEvents: { source: cloudEventsSource } }),
  }
}

function kanaalValue({ documentatieLink, filters }: KanaalSpec): Value {
  return { ...unless(documentatieLink, '', { documentatieLink }), ...unlessEmpty({ filters }) }
}

function abonnementValue({ callbackUrl, auth, kanalen, cloudEvents, delivery, client }: AbonnementSpec): Value {
  const filters = cloudEvents.filters.map(({ typeSubstring, filters }) => ({
    typeSubstring,
    ...unlessEmpty({ filters }),
  }))
  const events = { ...unless(cloudEvents.send, false, { send: cloudEvents.send }), ...unlessEmpty({ filters }) }
  return {
    callbackUrl,
    auth: authValue(auth),
    kanalen: kanalen.map(kanaalFilterValue),
    ...unlessEmpty({ cloudEvents: events, delivery: deliveryValue(delivery) }),
    ...(client === undefined
      ? {}
      : { owner: { clientId: client.clientId }, ...unlessEmpty({ clientMay: client.may }) }),
  }
}

function authValue(auth: AuthSpec): Value {
  if (auth.type === 'zgw') {
    const { type, clientId, userId, userRepresentation } = auth
    return {
      type,
      clientId,
      ...unless(userId, clientId, { userId }),
      ...unless(userRepresentation, '', { userRepresentation }),
    }
  }
  if (auth.type === 'oauth2_client_credentials') {
    const { scope, ...rest } = auth
    return { ...rest, ...unless(scope, '', { scope }) }
  }
  return { type: auth.type }
}

function kanaalFilterValue({ naam, filters, acties, resources }: KanaalFilter): Value {
  return { naam, ...unlessEmpty({ filters, acties, resources }) }
}

/** Delivery settings in the spelling of the document; also of the section. */
export function deliveryValue(delivery: DeliveryOverrides): Value {
  const { maxConcurrency, timeoutMs, ordering, blockAfterMs, keepResponse, retry = {} } = delivery
  const { maxRetries, backoffMs, baseFactor, backoffMaxMs } = retry
  const retries = {
    ...unless(maxRetries, undefined, { maxRetries }),
    ...(backoffMs === undefined ? {} : { backoff: formatDuration(backoffMs) }),
    ...unless(baseFactor, undefined, { baseFactor }),
    ...(backoffMaxMs === undefined ? {} : { backoffMax: formatDuration(backoffMaxMs) }),
  }
  return {
    ...unless(maxConcurrency, undefined, { maxConcurrency }),
    ...(timeoutMs === undefined ? {} : { timeout: formatDuration(timeoutMs) }),
    ...unless(ordering, undefined, { ordering }),
    ...(blockAfterMs === undefined ? {} : { blockAfter: formatDuration(blockAfterMs) }),
    ...unless(keepResponse, undefined, { keepResponse }),
    ...unlessEmpty({ retry: retries }),
  }
}

/** `members`, unless `value` is the default. */
export function unless(value: unknown, standard: unknown, members: Value): Value {
  return value === standard ? {} : members
}

/** Those of `members` that have something in them. */
export function unlessEmpty(members: Record<string, object>): Value {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => Object.keys(member).length > 0))
}
