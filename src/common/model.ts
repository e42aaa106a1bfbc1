// The nouns of the configuration, as every room knows them: what a document declares, what the database
// keeps and what the server runs on. Durations are milliseconds. Defaults are already filled in.

/** Autorisatiecomponentconfiguratie: where Bode asks what a client may do. */
export type AutorisatiesSpec = {
  apiRoot: string
  component: 'nrc'
  /** Name of the external credential; null: the one with the longest matching API root. */
  credential: string | null
  /** How long an answer is used without asking again. */
  cacheForMs: number
  /** How much longer it is used when the Autorisaties API does not answer. */
  staleForMs: number
}

/**
 * What a TLS connection is made with: the certificates that are trusted, and our own certificate with its key. All
 * are references that may be read again while a server runs (whoever renews a certificate renews its key with it),
 * so they are kept as secrets are, in fields `tls.<part>`; the spec says only which there are.
 */
export const TLS_PARTS = ['ca', 'certificate', 'key'] as const
export type TlsPart = (typeof TLS_PARTS)[number]

/** Externe API credential: how Bode calls another API. Secret fields: `secret`, `tls.<part>`. */
export type ExternalCredentialSpec = {
  apiRoot: string
  label: string
  clientId: string
  userId: string
  userRepresentation: string
  /** Absent: none. */
  tls?: TlsPart[]
}

/** Client credential: who may call Bode. Its natural key is the client id. Secret field: `secret`. */
export type ClientCredentialSpec = {
  /**
   * `static`: the client sends the secret itself. Absent for zgw, where it signs tokens with it: so a
   * client says the same as before there were types, to a hash and to a version of then.
   */
  type?: 'static'
  authorizedBy: 'autorisaties' | 'configuration'
  scopes: Scope[]
  /** `source` of CloudEvents made from what it publishes; absent: that of the settings. */
  cloudEventsSource?: string
}

export const SCOPES = ['notificaties.consumeren', 'notificaties.publiceren'] as const
export type Scope = (typeof SCOPES)[number]

/** A kanaal; its natural key is the naam. */
export type KanaalSpec = {
  documentatieLink: string
  /** Names of kenmerken, spelled as given; compared folded. */
  filters: string[]
}

export type AbonnementSpec = {
  callbackUrl: string
  auth: AuthSpec
  /** Entries are OR-ed, also for the same kanaal; within an entry everything is AND-ed. */
  kanalen: KanaalFilter[]
  cloudEvents: { send: boolean; filters: CloudEventFilter[] }
  /** What differs from `settings.delivery`. */
  delivery: DeliveryOverrides
  /** Absent: none. Secret fields: `tls.<part>`. */
  tls?: TlsPart[]
  /** True: requests carry a signature. Secret field: `signing.secret`. */
  signed?: true
  /** The API client that a declared abonnement belongs to, and what it may still change through the API. */
  client?: DeclaredClient
}

export type DeclaredClient = { clientId: string; may: ClientMay[] }
export const CLIENT_MAY = ['auth', 'kanalen', 'delete'] as const
export type ClientMay = (typeof CLIENT_MAY)[number]

/**
 * How a subscriber is authenticated to. Secret fields: `auth.value` for api_key (sent verbatim as
 * Authorization), `auth.secret` for zgw and oauth2_client_credentials.
 */
export type AuthSpec =
  | { type: 'no_auth' }
  | { type: 'api_key' }
  | { type: 'zgw'; clientId: string; userId: string; userRepresentation: string }
  | { type: 'oauth2_client_credentials'; clientId: string; tokenUrl: string; scope: string }

/** One entry of `kanalen`. An empty acties or resources lets every one pass. */
export type KanaalFilter = {
  naam: string
  filters: Record<string, string>
  acties: string[]
  resources: string[]
}

export type CloudEventFilter = { typeSubstring: string; filters: Record<string, string> }

export type Retry = {
  /** Retries after the first try; 0 is a value. */
  maxRetries: number
  backoffMs: number
  baseFactor: number
  backoffMaxMs: number
}

/**
 * Which deliveries of an abonnement wait for each other: none, those about the same hoofdObject, or all. One that
 * failed for good does not hold up the next.
 */
export const ORDERINGS = ['none', 'hoofdObject', 'strict'] as const
export type Ordering = (typeof ORDERINGS)[number]

export type DeliveryOverrides = {
  maxConcurrency?: number
  timeoutMs?: number
  ordering?: Ordering
  /** Blocked after failing for so long; 0: never. */
  blockAfterMs?: number
  keepResponse?: boolean
  retry?: Partial<Retry>
}

/**
 * What came after the first release is absent when it is the default: so a section says the same as before, to a
 * hash and to a version of then.
 */
export type DeliverySettings = {
  maxConcurrency: number
  timeoutMs: number
  /** Absent: none. */
  ordering?: Ordering
  /** Absent: never. */
  blockAfterMs?: number
  /** Keep the beginning of answers with the attempts. Absent: no. */
  keepResponse?: boolean
  retry: Retry
}

/**
 * How long what is over is kept. `notificatiesMs` 0: the content of a message goes when its last delivery has ended,
 * and what is left of it when the attempts do.
 */
export type RetentionSettings = { notificatiesMs: number; attemptsMs: number; deadMs: number; auditMs: number }

/** `ca` is absent when nothing is trusted besides what the system trusts; else a secret field of the section. */
export type EgressSettings = { policy: 'private' | 'public' | 'listed'; allow: string[]; ca?: true }

/**
 * Who is told when something needs a person, and when it does. `url` null: nobody is told, `bode status` shows it.
 * `authorization` is absent when the webhook asks for none; else a secret field of the section.
 */
export type AlertSettings = {
  url: string | null
  authorization?: true
  /** Told again while it lasts; 0: never. */
  repeatAfterMs: number
  /** A subscriber has given nothing but failures for so long. */
  failingAfterMs: number
  /** What may be sent has not been sent for so long. */
  waitingAfterMs: number
  /** A credential ends within this time. */
  expiresWithinMs: number
}

/** The sections of settings; an absent section has the product's default, DEFAULT_SETTINGS. */
export type Settings = {
  delivery: DeliverySettings
  retention: RetentionSettings
  alerts: AlertSettings
  cloudEvents: { source: string | null }
  callbacks: { probe: 'strict' | 'reachable' | 'off' }
  egress: EgressSettings
  tokens: { maxAgeMs: number; leewayMs: number; maxFutureIatMs: number }
  http: { trustProxy: string[] }
  publicUrl: string | null
}
export type SettingsSection = keyof Settings

const DAY = 86_400_000

/**
 * The product's defaults. The retry schedule is Open Notificaties' documented one (25 s, 100 s, ...
 * 52 000 s: about 24 hours), not what a fresh installation of it happens to have.
 */
export const DEFAULT_SETTINGS: Settings = {
  delivery: {
    maxConcurrency: 8,
    timeoutMs: 10_000,
    retry: { maxRetries: 7, backoffMs: 25_000, baseFactor: 4, backoffMaxMs: 52_000_000 },
  },
  retention: { notificatiesMs: 30 * DAY, attemptsMs: 14 * DAY, deadMs: 90 * DAY, auditMs: 365 * DAY },
  alerts: {
    url: null,
    repeatAfterMs: DAY,
    failingAfterMs: 3_600_000,
    waitingAfterMs: 900_000,
    expiresWithinMs: 14 * DAY,
  },
  cloudEvents: { source: null },
  callbacks: { probe: 'strict' },
  egress: { policy: 'private', allow: [] },
  tokens: { maxAgeMs: 3_600_000, leewayMs: 0, maxFutureIatMs: 300_000 },
  http: { trustProxy: [] },
  publicUrl: null,
}
