// What an Open Notificaties is configured with, as its own tables and setup_configuration have it. Read
// from a file by config/convert or from its database by db/open-notificaties; config/convert makes a
// document of it.
import type { Position } from './diagnostics.ts'
import type { Secret } from './secret.ts'

/** A text as it is, or a variable that the document takes over: `${NAME:-default}`. */
export type Given = string | { readonly variable: string }

/** A secret: its value, or the environment variable that has it (with the value of its default). */
export type GivenSecret = { readonly env?: string; readonly value?: Secret }

/** Where a fact comes from: how it is called in messages, and its place in a file. */
export type Origin = { readonly shown: string; readonly position?: Position }

/** A Service: how Open Notificaties calls another API. */
export type OnService = {
  slug: string
  label: Given
  apiType: Given
  apiRoot: Given
  authType: string
  clientId: Given
  secret: GivenSecret | undefined
  userId: Given
  userRepresentation: Given
  origin: Origin
}

/** AuthorizationsConfig. */
export type OnAutorisaties = { service: string | undefined; component: string; origin: Origin }

/** JWTSecret. `scopes`: what Open Notificaties itself knew of the client, without an Autorisaties API. */
export type OnCredential = { clientId: string; secret: GivenSecret | undefined; scopes?: string[]; origin: Origin }

export type OnKanaal = { naam: string; uuid?: string; documentatieLink: Given; filters: Given[]; origin: Origin }

/** A filter group: AND within, OR between. */
export type OnGroup = { naam: Given; filters: Record<string, Given> }
export type OnEventGroup = { typeSubstring: Given; filters: Record<string, Given> }

export type OnAbonnement = {
  uuid: string
  callbackUrl: Given
  /** `no_auth`, `api_key`, `zgw`, `oauth2_client_credentials` or nothing, which is `no_auth`. */
  authType: string
  auth: GivenSecret | undefined
  /** The API client that it belongs to, and the client id of zgw and oauth2. */
  clientId: Given
  secret: GivenSecret | undefined
  tokenUrl: Given
  scope: Given
  sendCloudEvents: boolean | { readonly variable: string }
  groups: OnGroup[]
  eventGroups: OnEventGroup[]
  /** True when certificates are set, which Bode has no key for. */
  certificates: boolean
  /** What a person should know of how it was read. */
  notes: string[]
  origin: Origin
}

/** NotificationsConfig; what is undefined is not known, or was never written. Times are seconds. */
export type OnRetry = {
  maxRetries: number | { readonly variable: string } | undefined
  backoff: number | { readonly variable: string } | undefined
  backoffMax: number | { readonly variable: string } | undefined
  baseFactor: number | { readonly variable: string } | undefined
  notes: string[]
  origin: Origin
}

export type OpenNotificaties = {
  services: OnService[]
  autorisaties: OnAutorisaties | undefined
  credentials: OnCredential[]
  kanalen: OnKanaal[]
  abonnementen: OnAbonnement[]
  retry: OnRetry | undefined
  /** By which its own abonnement on kanaal `autorisaties` is recognised. */
  own: { uuids: string[]; apiRoots: string[]; hosts: string[] }
  /** Its own host name, as it was told. */
  domain: Given | undefined
}

/** Nothing yet, to be filled by whoever reads. */
export function emptyOpenNotificaties(): OpenNotificaties {
  return {
    services: [],
    autorisaties: undefined,
    credentials: [],
    kanalen: [],
    abonnementen: [],
    retry: undefined,
    own: { uuids: [], apiRoots: [], hosts: [] },
    domain: undefined,
  }
}
