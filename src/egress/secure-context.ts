import { createHash } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { certificatesIn } from '../common/pem.ts'
import type { Secret } from '../common/secret.ts'
import type { TlsMaterial } from '../common/snapshot.ts'
import { EgressError } from './egress-error.ts'

/** Whose certificates a request is made with: a connection that was made under one name serves no other. */
export type TlsIdentity = TlsMaterial & {
  /** Of the object that they belong to, such as its id. */
  readonly name: string
}

/** The identity of an abonnement or external credential; undefined when it has no certificates of its own. */
export function tlsIdentityOf(
  name: string,
  { tlsMaterial }: { readonly tlsMaterial?: TlsMaterial },
): TlsIdentity | undefined {
  return tlsMaterial && { ...tlsMaterial, name }
}

/**
 * What TLS connections are made with: a `ca` of the material's own stands alone, `egressCa` comes besides whom the
 * system trusts. Made once for many connections: reading the system's certificates takes milliseconds. Undefined when
 * there is nothing special. Throws EgressError `tls` for what cannot be used, such as a key of another certificate.
 */
export function secureContextFor(material: TlsMaterial, egressCa: Secret | undefined): SecureContext | undefined {
  const { ca, certificate, key } = material
  if ([ca, certificate, key, egressCa].every((part) => part === undefined)) return undefined
  try {
    const context = createSecureContext({
      ...(ca === undefined ? {} : { ca: ca.reveal() }),
      ...(certificate === undefined ? {} : { cert: certificate.reveal() }),
      ...(key === undefined ? {} : { key: key.reveal() }),
    })
    if (ca === undefined && egressCa !== undefined) trustToo(context, egressCa)
    return context
  } catch (error) {
    const { code } = error as { code?: unknown }
    const known = typeof code === 'string' ? ` (${code})` : ''
    throw new EgressError('tls', `the certificates or the key for this connection cannot be used${known}`)
  }
}

/** `ca` as an option would take the place of the system's, of which Node 20 does not tell NODE_EXTRA_CA_CERTS. */
function trustToo({ context }: SecureContext, ca: Secret): void {
  const certificates = certificatesIn(ca.reveal())
  if (certificates === undefined) throw new Error('no certificates')
  for (const certificate of certificates) (context as Trusting).addCACert(certificate.toString())
}
type Trusting = { addCACert(pem: string): void }

/** Tells materials apart without keeping a key; empty for none. Asked for every request. */
export function materialDigest({ ca, certificate, key }: TlsMaterial, egressCa: Secret | undefined): string {
  const parts = [ca, certificate, key, egressCa]
  return parts.every((part) => part === undefined) ? '' : parts.map((part) => part && digestOf(part)).join(' ')
}

/** A bundle of authorities is 200 KB, and the same one for as long as a configuration is in use. */
const digests = new WeakMap<Secret, string>()

function digestOf(part: Secret): string {
  const known = digests.get(part)
  if (known !== undefined) return known
  const digest = createHash('sha256').update(part.reveal()).digest('base64url')
  digests.set(part, digest)
  return digest
}
