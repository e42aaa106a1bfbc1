// Values of a valid document -> specs: durations in milliseconds, API roots with their slash, one
// spelling of each component, and every default filled in.
import {
  CLIENT_MAY,
  DEFAULT_SETTINGS,
  TLS_PARTS,
  type AbonnementSpec,
  type AuthSpec,
  type AutorisatiesSpec,
  type ClientCredentialSpec,
  type ClientMay,
  type DeclaredClient,
  type DeliveryOverrides,
  type ExternalCredentialSpec,
  type KanaalSpec,
  type TlsPart,
} from '../../common/model.ts'
import { parseDuration } from '../../common/duration.ts'
import { normaliseApiRoot } from '../normalise.ts'
import type { ConfigurationDocument } from '../schema.ts'
import { AUTORISATIES_DEFAULTS, type AutorisatieValue } from '../schema/autorisaties.ts'

type Entry<S extends 'externalCredentials' | 'clientCredentials' | 'kanalen' | 'abonnementen'> = NonNullable<
  ConfigurationDocument[S]
>[string]
export type AbonnementValue = Entry<'abonnementen'>
export type ClientCredentialValue = Entry<'clientCredentials'>
export type ExternalCredentialValue = Entry<'externalCredentials'>
export type KanaalValue = Entry<'kanalen'>
type DeliveryValue = NonNullable<ConfigurationDocument['delivery']>

/** Milliseconds of a duration that the schema accepted, or the default. */
export function milliseconds(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : (parseDuration(text) ?? otherwise)
}

export function autorisatiesSpec(value: AutorisatieValue): AutorisatiesSpec {
  return {
    apiRoot: normaliseApiRoot(value.apiRoot),
    component: 'nrc',
    credential: value.credential ?? null,
    cacheForMs: milliseconds(value.cacheFor, AUTORISATIES_DEFAULTS.cacheForMs),
    staleForMs: milliseconds(value.staleFor, AUTORISATIES_DEFAULTS.staleForMs),
  }
}

/** The parts that are there, in one order; nothing when there are none. */
function tlsParts(tls: ExternalCredentialValue['tls']): { tls?: TlsPart[] } {
  const parts = TLS_PARTS.filter((part) => tls?.[part] !== undefined)
  return parts.length === 0 ? {} : { tls: parts }
}

export function externalCredentialSpec(name: string, value: ExternalCredentialValue): ExternalCredentialSpec {
  return {
    apiRoot: normaliseApiRoot(value.apiRoot),
    label: value.label ?? name,
    clientId: value.clientId,
    userId: value.userId ?? value.clientId,
    userRepresentation: value.userRepresentation ?? '',
    ...tlsParts(value.tls),
  }
}

export function clientCredentialSpec(value: ClientCredentialValue): ClientCredentialSpec {
  return {
    ...(value.type === 'static' ? { type: value.type } : {}),
    authorizedBy: value.authorizedBy ?? 'autorisaties',
    scopes: (value.scopes ?? []).toSorted(),
    ...(value.cloudEvents?.source === undefined ? {} : { cloudEventsSource: value.cloudEvents.source }),
  }
}

export function kanaalSpec(value: KanaalValue): KanaalSpec {
  return { documentatieLink: value.documentatieLink ?? '', filters: [...(value.filters ?? [])] }
}

export function abonnementSpec(value: AbonnementValue): AbonnementSpec {
  return {
    callbackUrl: value.callbackUrl,
    auth: authSpec(value.auth),
    kanalen: value.kanalen.map(({ naam, filters = {}, acties = [], resources = [] }) => ({
      naam,
      filters: { ...filters },
      acties: [...acties],
      resources: [...resources],
    })),
    cloudEvents: {
      send: value.cloudEvents?.send ?? false,
      filters: (value.cloudEvents?.filters ?? []).map(({ typeSubstring, filters = {} }) => ({
        typeSubstring,
        filters: { ...filters },
      })),
    },
    delivery: deliveryOverrides(value.delivery ?? {}),
    ...tlsParts(value.tls),
    ...(value.signing === undefined ? {} : { signed: true }),
    ...(value.owner === undefined ? {} : { client: declaredClient(value.owner.clientId, value.clientMay ?? []) }),
  }
}

function declaredClient(clientId: string, may: readonly ClientMay[]): DeclaredClient {
  return { clientId, may: CLIENT_MAY.filter((permission) => may.includes(permission)) }
}

function authSpec(auth: AbonnementValue['auth']): AuthSpec {
  if (auth.type === 'zgw') {
    const { type, clientId, userId = clientId, userRepresentation = '' } = auth
    return { type, clientId, userId, userRepresentation }
  }
  if (auth.type === 'oauth2_client_credentials') {
    const { type, clientId, tokenUrl, scope = '' } = auth
    return { type, clientId, tokenUrl, scope }
  }
  return { type: auth.type }
}

/** Only what the document says; the rest comes from the settings, at the moment of delivery. */
function deliveryOverrides(value: DeliveryValue): DeliveryOverrides {
  const { maxConcurrency, timeout, ordering, blockAfter, keepResponse, retry } = value
  const defaults = DEFAULT_SETTINGS.delivery
  const retries = retryOverrides(retry ?? {})
  return {
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    ...(timeout === undefined ? {} : { timeoutMs: milliseconds(timeout, defaults.timeoutMs) }),
    ...(ordering === undefined ? {} : { ordering }),
    ...(blockAfter === undefined ? {} : { blockAfterMs: milliseconds(blockAfter, 0) }),
    ...(keepResponse === undefined ? {} : { keepResponse }),
    // `retry: {}` says nothing, so it is no other abonnement.
    ...(Object.keys(retries).length === 0 ? {} : { retry: retries }),
  }
}

function retryOverrides(retry: NonNullable<DeliveryValue['retry']>): NonNullable<DeliveryOverrides['retry']> {
  const { maxRetries, backoff, baseFactor, backoffMax } = retry
  const defaults = DEFAULT_SETTINGS.delivery.retry
  return {
    ...(maxRetries === undefined ? {} : { maxRetries }),
    ...(backoff === undefined ? {} : { backoffMs: milliseconds(backoff, defaults.backoffMs) }),
    ...(baseFactor === undefined ? {} : { baseFactor }),
    ...(backoffMax === undefined ? {} : { backoffMaxMs: milliseconds(backoffMax, defaults.backoffMaxMs) }),
  }
}
