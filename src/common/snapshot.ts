import type {
  AbonnementSpec,
  AutorisatiesSpec,
  ClientCredentialSpec,
  ExternalCredentialSpec,
  KanaalSpec,
  Settings,
} from './model.ts'
import type { Secret } from './secret.ts'

/**
 * Everything the running server needs to know, read in one transaction and never changed: a new one
 * takes its place. `generation` is the last apply it holds, `epoch` the last write to a kanaal or
 * abonnement (apply or API): an accept proves with it that it matched against the current ones.
 */
export type Snapshot = {
  /** 0: no configuration was ever applied. */
  readonly generation: number
  readonly epoch: number
  readonly settings: Settings
  /** PEM: who is trusted besides those whom the system trusts. */
  readonly egressCa?: Secret | undefined
  /** Sent verbatim as Authorization with alerts; absent: none. */
  readonly alertsAuthorization?: Secret
  readonly autorisaties: AutorisatiesSpec | undefined
  readonly externalCredentials: readonly ExternalCredential[]
  /** By client id. */
  readonly clientCredentials: ReadonlyMap<string, ClientCredential>
  /** By naam, oldest first. */
  readonly kanalen: ReadonlyMap<string, Kanaal>
  /** By uuid, oldest first. */
  readonly abonnementen: ReadonlyMap<string, Abonnement>
}

/** What a connection is made with, PEM; certificates are masked as keys are, so that nobody has to tell them apart. */
export type TlsMaterial = {
  /** Trusted instead of whom the system trusts. */
  readonly ca?: Secret
  /** Our own, the intermediate ones behind it. */
  readonly certificate?: Secret
  readonly key?: Secret
}

export type ExternalCredential = ExternalCredentialSpec & {
  readonly name: string
  readonly secret: Secret
  /** Absent: nothing of its own. */
  readonly tlsMaterial?: TlsMaterial
}

export type ClientCredential = ClientCredentialSpec & {
  readonly id: string
  readonly clientId: string
  /** The current secret first, then a previous one that may still be used until `expiresAt` (ms). */
  readonly secrets: readonly ActiveSecret[]
}
export type ActiveSecret = {
  readonly value: Secret
  readonly slot: string
  readonly fingerprint: string
  readonly expiresAt: number | null
}

/** Which secret of a client credential a caller proved to know; the fingerprint tells values of one slot apart. */
export type SecretUse = { readonly objectId: string; readonly slot: string; readonly fingerprint: string }

export type Kanaal = KanaalSpec & Identity & { readonly naam: string }
export type Abonnement = AbonnementSpec &
  Identity & {
    readonly name: string
    /** Value for api_key, secret for zgw and oauth2; absent for no_auth. */
    readonly authSecret: Secret | undefined
    /** Absent: nothing of its own. */
    readonly tlsMaterial?: TlsMaterial
    /** Its requests are signed with each of them that has not ended; absent: not signed. */
    readonly signingSecrets?: readonly ActiveSecret[]
    /** When it was made (epoch ms): one that is deleted and made again under its uuid is another. */
    readonly createdAt?: number
    /** When it was last written, by an apply or through the API (epoch ms). */
    readonly changedAt?: number
  }

/** `owner` is the name of a configuration, or `client:<clientId>` for what was made through the API. */
export type Identity = { readonly id: string; readonly owner: string }

/** The owner of what `clientId` makes through the API. A configuration's name has no colon. */
export function clientOwner(clientId: string): string {
  return `client:${clientId}`
}

/** True for an object that a document declares; the API may not change it. */
export function isDeclared(owner: string): boolean {
  return !owner.startsWith('client:')
}
