import { certificatesIn, endOf } from './pem.ts'
import { readClaims } from './static-jwt.ts'
import type { Secret } from './secret.ts'
import type { ActiveSecret, Snapshot, TlsMaterial } from './snapshot.ts'

/** Something that we prove ourselves or others with, and that ends by itself. */
export type CredentialExpiry = {
  /** `static-jwt`: a fixed Authorization; `previous-secret`: it is being replaced, and its end is wanted. */
  kind: 'static-jwt' | 'previous-secret' | 'client-certificate' | 'ca'
  /** Its address, as in a document: `abonnementen.zac.auth.value`; stable, for an alert or a label. */
  subject: string
  /** Epoch ms; may be past. */
  expiresAt: number
}

/**
 * What ends by itself in a configuration, and when; the first to end stands first. Holds no value. Pure: the same
 * snapshot gives the same list, so a caller may keep it as long as the snapshot.
 */
export function credentialExpiries(snapshot: Snapshot): CredentialExpiry[] {
  const { abonnementen, externalCredentials, clientCredentials, egressCa } = snapshot
  const found = [
    ...[...abonnementen.values()].flatMap(({ name, auth, authSecret, tlsMaterial, signingSecrets }) => {
      const address = `abonnementen.${name}`
      return [
        ...(auth.type === 'api_key' ? ofJwt(`${address}.auth.value`, authSecret) : []),
        ...ofTls(address, tlsMaterial),
        ...ofPrevious(`${address}.signing.previousSecret`, signingSecrets),
      ]
    }),
    ...externalCredentials.flatMap(({ name, tlsMaterial }) => ofTls(`externalCredentials.${name}`, tlsMaterial)),
    ...[...clientCredentials.values()].flatMap(({ clientId, secrets }) =>
      ofPrevious(`clientCredentials.${clientId}.previousSecret`, secrets),
    ),
    ...ofCertificates('ca', 'egress.ca', egressCa),
  ]
  return found.toSorted((a, b) => a.expiresAt - b.expiresAt)
}

function ofJwt(subject: string, secret: Secret | undefined): CredentialExpiry[] {
  const expiresAt = secret === undefined ? undefined : readClaims(secret)?.exp
  return expiresAt === undefined ? [] : [{ kind: 'static-jwt', subject, expiresAt }]
}

function ofTls(address: string, material: TlsMaterial | undefined): CredentialExpiry[] {
  return [
    ...ofCertificates('client-certificate', `${address}.tls.certificate`, material?.certificate),
    ...ofCertificates('ca', `${address}.tls.ca`, material?.ca),
  ]
}

function ofCertificates(kind: CredentialExpiry['kind'], subject: string, pem: Secret | undefined): CredentialExpiry[] {
  const certificates = pem === undefined ? undefined : certificatesIn(pem.reveal())
  return certificates === undefined ? [] : [{ kind, subject, expiresAt: endOf(certificates) }]
}

function ofPrevious(subject: string, secrets: readonly ActiveSecret[] = []): CredentialExpiry[] {
  return secrets.flatMap(({ slot, expiresAt }) =>
    slot === 'previous' && expiresAt !== null ? [{ kind: 'previous-secret' as const, subject, expiresAt }] : [],
  )
}
