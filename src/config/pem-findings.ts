import type { Diagnostic } from '../common/diagnostics.ts'
import { certificatesIn, endOf, privateKeyIn, type KeyProblem } from '../common/pem.ts'
import type { Secret } from '../common/secret.ts'
import type { DesiredObject, DesiredSecret } from './desired-state.ts'

type Finding = Omit<Diagnostic, 'position' | 'path'> & { wanted: DesiredSecret }

/** True for certificates and keys: texts in PEM, that several objects often share and that end in a newline. */
export function isPem({ field }: Pick<DesiredSecret, 'field'>): boolean {
  return field === 'ca' || field.startsWith('tls.')
}

/**
 * What is wrong with the certificates and the key of one object, of which `secrets` holds what could be looked up.
 * Messages name no content of a key; of a certificate, which is public, its end.
 */
export function pemFindings(
  object: Pick<DesiredObject, 'secrets'>,
  secrets: ReadonlyMap<DesiredSecret, Secret>,
  now: number,
): Finding[] {
  const found = object.secrets.filter(isPem).flatMap((wanted): Finding[] => {
    const text = secrets.get(wanted)?.reveal()
    if (text === undefined) return []
    return wanted.field === 'tls.key' ? keyFindings(wanted, text) : certificateFindings(wanted, text, now)
  })
  return [...found, ...mismatch(object, secrets)]
}

const KEY_PROBLEMS: Record<KeyProblem, { message: string; help: string }> = {
  encrypted: {
    message: 'this private key has a passphrase',
    help: 'write it without: openssl pkey -in encrypted.key -out tls.key',
  },
  'not-pem': {
    message: 'this is no private key in PEM',
    help: 'it begins with -----BEGIN PRIVATE KEY-----; from a .pfx: openssl pkcs12 -in file.pfx -nocerts -nodes',
  },
}

function keyFindings(wanted: DesiredSecret, text: string): Finding[] {
  const read = privateKeyIn(text)
  if ('key' in read) return []
  const { message, help } = KEY_PROBLEMS[read.problem]
  return [{ id: `tls/${read.problem}`, severity: 'error', message, help: [help], wanted }]
}

function certificateFindings(wanted: DesiredSecret, text: string, now: number): Finding[] {
  const certificates = certificatesIn(text)
  if (certificates === undefined) {
    const message = 'this is no certificate in PEM'
    const help = ['it begins with -----BEGIN CERTIFICATE-----; from DER: openssl x509 -inform der -in file.cer']
    return [{ id: 'tls/not-pem', severity: 'error', message, help, wanted }]
  }
  const end = endOf(certificates)
  if (end > now) return []
  const which = certificates.length === 1 ? 'this certificate' : 'one of these certificates'
  const message = `${which} expired on ${new Date(end).toISOString().slice(0, 10)}`
  return [{ id: 'tls/expired', severity: 'warning', message, wanted }]
}

/** A key of another certificate breaks every handshake. The certificate that it belongs to stands first. */
function mismatch(object: Pick<DesiredObject, 'secrets'>, secrets: ReadonlyMap<DesiredSecret, Secret>): Finding[] {
  const of = (field: DesiredSecret['field']): DesiredSecret | undefined =>
    object.secrets.find((secret) => secret.field === field)
  const [ofCertificate, ofKey] = [of('tls.certificate'), of('tls.key')]
  if (ofCertificate === undefined || ofKey === undefined) return []
  const [certificate] = certificatesIn(secrets.get(ofCertificate)?.reveal() ?? '') ?? []
  const read = privateKeyIn(secrets.get(ofKey)?.reveal() ?? '')
  if (certificate === undefined || !('key' in read) || certificate.checkPrivateKey(read.key)) return []
  const message = 'this key does not belong to the certificate'
  const help = ['the first certificate in the file is the one of the key; intermediate ones come behind it']
  return [{ id: 'tls/key-mismatch', severity: 'error', message, help, wanted: ofKey }]
}
