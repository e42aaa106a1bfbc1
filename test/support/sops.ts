// A small encryptor of the sops file format, written apart from the one that decrypts: a test of the
// format and not only of itself. What it makes was held once against the npm package sops-age.
import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { stringify } from 'yaml'

export type SopsValue = string | number | boolean | null | SopsValue[] | { [key: string]: SopsValue }

type Options = {
  /** Keys that end in this stay readable, with all that is below them. */
  unencryptedSuffix?: string
  macOnlyEncrypted?: boolean
  format?: 'yaml' | 'json'
  lastModified?: string
}

/** A new age key and what is encrypted for it. */
export async function ageKey(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

/** `data` as sops would write it, for `recipients`. */
export async function sopsEncrypt(
  data: Record<string, SopsValue>,
  recipients: readonly string[],
  { unencryptedSuffix = '_unencrypted', macOnlyEncrypted = false, format = 'yaml', lastModified }: Options = {},
): Promise<string> {
  const key = randomBytes(32)
  const modified = lastModified ?? '2026-11-23T09:00:00Z'
  const mac = createHash('sha512')
  if (macOnlyEncrypted) mac.update(createHash('sha256').update('sops').digest())
  const walk = (value: SopsValue, path: string[], open: boolean): unknown => {
    if (value === null) return null
    if (Array.isArray(value)) return value.map((item) => walk(item, path, open))
    if (typeof value === 'object') {
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [
          name,
          walk(member, [...path, name], open || name.endsWith(unencryptedSuffix)),
        ]),
      )
    }
    const text = typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value)
    if (!open || !macOnlyEncrypted) mac.update(text)
    if (open || text === '') return value
    const type = typeof value === 'number' ? (Number.isInteger(value) ? 'int' : 'float') : typeof value
    return seal(key, text, `${path.join(':')}:`, type.replace('string', 'str').replace('boolean', 'bool'))
  }
  const body = walk(data, [], false) as object
  const age = await Promise.all(recipients.map(async (recipient) => ({ recipient, enc: await wrap(key, recipient) })))
  const sops = {
    ...(age.length === 0 ? { kms: [{ arn: 'arn:aws:kms:eu-west-1:1:key/1', enc: 'AQ==' }] } : { age }),
    lastmodified: modified,
    mac: seal(key, mac.digest('hex').toUpperCase(), modified, 'str'),
    unencrypted_suffix: unencryptedSuffix,
    ...(macOnlyEncrypted ? { mac_only_encrypted: true } : {}),
    version: '3.9.4',
  }
  const file = { ...body, sops }
  return format === 'yaml' ? stringify(file, { lineWidth: 0 }) : JSON.stringify(file, null, '\t')
}

function seal(key: Buffer, text: string, place: string, type: string): string {
  const iv = randomBytes(32)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from(place))
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  const [encodedData, encodedIv, tag] = [data, iv, cipher.getAuthTag()].map((part) => part.toString('base64'))
  return `ENC[AES256_GCM,data:${encodedData},iv:${encodedIv},tag:${tag},type:${type}]`
}

async function wrap(key: Buffer, recipient: string): Promise<string> {
  const encrypter = new Encrypter()
  encrypter.addRecipient(recipient)
  return armor.encode(await encrypter.encrypt(key))
}
