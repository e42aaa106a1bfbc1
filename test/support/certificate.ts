import { createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

export type CertificateParts = {
  /** Common name and only DNS name; default localhost. 127.0.0.1 is always among the names unless `ip` is false. */
  name?: string
  ip?: boolean
  issuer?: string
  /** Signed with its own key, so that whoever has the certificate can trust it. */
  selfSigned?: boolean
  /** A CA of this test, made with `isCa`: who trusts that trusts this. */
  signedBy?: { key: string; name: string }
  /** May sign others; is its own issuer. */
  isCa?: boolean
  validFrom?: Date
  validTo?: Date
}

/** Key and certificate as PEM, for a server that nobody trusts: Node cannot make certificates, so this writes the DER itself. */
export function makeCertificate(parts: CertificateParts = {}): { key: string; cert: string } {
  const { name = 'localhost', ip = true, isCa = false, signedBy } = parts
  const selfSigned = parts.selfSigned === true || isCa
  const issuer = selfSigned ? name : (signedBy?.name ?? parts.issuer ?? 'CA of this test')
  const { validFrom = new Date(Date.now() - 86_400_000), validTo = new Date(Date.now() + 86_400_000 * 365) } = parts
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  // The issuer's key; no one has its certificate, unless it is the certificate itself or a CA of this test.
  const stranger = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
  const ca = selfSigned ? privateKey : signedBy === undefined ? stranger() : createPrivateKey(signedBy.key)
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)])
  const body = sequence(
    tagged(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ECDSA_SHA256,
    distinguished(issuer),
    sequence(time(validFrom), time(validTo)),
    distinguished(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(alternativeNames(name, ip), ...(isCa ? [BASIC_CONSTRAINTS_CA] : []))),
  )
  const certificate = sequence(body, ECDSA_SHA256, bitString(signed(body, ca)))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return {
    key: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }))
      .export({ type: 'pkcs8', format: 'pem' })
      .toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  }
}

/** 2.5.29.19, critical, cA TRUE */
const BASIC_CONSTRAINTS_CA = sequence(
  der(0x06, Buffer.from('551d13', 'hex')),
  der(0x01, Buffer.from([0xff])),
  der(0x04, sequence(der(0x01, Buffer.from([0xff])))),
)

/** 1.2.840.10045.4.3.2 */
const ECDSA_SHA256 = sequence(der(0x06, Buffer.from('2a8648ce3d040302', 'hex')))

function alternativeNames(name: string, ip: boolean): Buffer {
  const names = [tagged(0x82, Buffer.from(name)), ...(ip ? [tagged(0x87, Buffer.from([127, 0, 0, 1]))] : [])]
  return sequence(der(0x06, Buffer.from('551d11', 'hex')), der(0x04, sequence(...names)))
}

function distinguished(commonName: string): Buffer {
  return sequence(der(0x31, sequence(der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from(commonName)))))
}

/** UTCTime: years 1950 to 2049. */
function time(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`))
}

function signed(body: Buffer, key: KeyObject): Buffer {
  return sign('sha256', body, key)
}

function bitString(content: Buffer): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([0]), content]))
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

function tagged(tag: number, content: Buffer): Buffer {
  return der(tag, content)
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), content])
  const bytes = length < 256 ? [length] : [length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, 0x80 + bytes.length, ...bytes]), content])
}
