// The file format of sops (https://getsops.io): a YAML or JSON document whose values are encrypted one
// by one with a data key, and beside them, under `sops`, that data key encrypted for each recipient.
import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto'
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Node, type ParsedNode } from 'yaml'

export type SopsFile = {
  /** The data key, encrypted with age for each of its recipients. */
  age: { recipient: string; armored: string }[]
  /** True when the data key is divided over groups of keys. */
  divided: boolean
  mac: string
  lastModified: string
  macOnlyEncrypted: boolean
  /** Every value but those of `sops`, in the order of the file. */
  leaves: Leaf[]
}

type Leaf = { pointer: string; keys: readonly string[]; value: unknown }

/** What stands at a JSON pointer of a decrypted file. */
export type Plain = { text: string; type: string; encrypted: boolean }

/** The file is not what sops makes, or was altered. The message is for the user and holds no value. */
export class SopsProblem extends Error {}

/** Reads the structure of a file; nothing is decrypted. Throws SopsProblem when sops did not make it. */
export function parseSopsFile(text: string): SopsFile {
  // A tab cannot stand in a JSON text; sops indents JSON with tabs, which YAML does not take.
  const source = text.trimStart().startsWith('{') ? text.replaceAll('\t', ' ') : text
  const documents = [...parseAllDocuments(source, { intAsBigInt: true, logLevel: 'silent' })]
  const [document] = documents
  const root = document?.contents
  if (documents.length !== 1 || document!.errors.length > 0 || !isMap(root)) {
    throw new SopsProblem('is not one YAML or JSON document')
  }
  const metadata = root.items.find(({ key }) => isScalar(key) && key.value === 'sops')?.value as ParsedNode | undefined
  if (!isMap(metadata)) throw new SopsProblem('was not encrypted by sops: it has no "sops" section')
  const leaves: Leaf[] = []
  for (const { key, value } of root.items) {
    if (value !== metadata) collect(value, [nameOf(key)], `/${escape(nameOf(key))}`, leaves)
  }
  return { ...readMetadata(metadata.toJSON() as Record<string, unknown>), leaves }
}

function readMetadata(metadata: Record<string, unknown>): Omit<SopsFile, 'leaves'> {
  const groups = metadata['key_groups'] as { age?: unknown }[] | undefined
  const age = (metadata['age'] ?? groups?.[0]?.age ?? []) as { recipient: string; enc: string }[] | null
  const { mac, lastmodified } = metadata
  if (typeof mac !== 'string' || typeof lastmodified !== 'string') {
    throw new SopsProblem('was not encrypted by sops: its "sops" section has no mac')
  }
  return {
    age: (age ?? []).map(({ recipient, enc }) => ({ recipient, armored: enc })),
    divided: (groups?.length ?? 0) > 1,
    mac,
    lastModified: lastmodified,
    macOnlyEncrypted: String(metadata['mac_only_encrypted']) === 'true',
  }
}

/** Items of a list have no name of their own in what sops authenticates, but they have in a JSON pointer. */
function collect(node: Node | null, keys: readonly string[], pointer: string, leaves: Leaf[]): void {
  if (node === null) return
  if (isAlias(node)) throw new SopsProblem('has an alias (*name) in it')
  if (isScalar(node)) leaves.push({ pointer, keys, value: node.value })
  else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) collect(item as Node, keys, `${pointer}/${index}`, leaves)
  } else if (isMap(node)) {
    for (const { key, value } of node.items) {
      const name = nameOf(key)
      collect(value as Node | null, [...keys, name], `${pointer}/${escape(name)}`, leaves)
    }
  }
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : ''
}

function escape(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** Decrypts every value and verifies that none was altered, moved, added or taken out. Throws SopsProblem. */
export function decryptSopsFile(file: SopsFile, dataKey: Buffer): Map<string, Plain> {
  const hash = createHash('sha512')
  if (file.macOnlyEncrypted) hash.update(createHash('sha256').update('sops').digest())
  const plain = new Map<string, Plain>()
  for (const { pointer, keys, value } of file.leaves) {
    const found = decryptValue(value, dataKey, keys.map((key) => `${key}:`).join(''))
    if (found === undefined) continue
    if (found.encrypted || !file.macOnlyEncrypted) hash.update(found.text, 'utf8')
    plain.set(pointer, found)
  }
  const mac = decryptValue(file.mac, dataKey, file.lastModified)
  const expected = Buffer.from(hash.digest('hex').toUpperCase())
  const given = Buffer.from(mac?.text ?? '')
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) throw altered()
  return plain
}

const ENCRYPTED = /^ENC\[AES256_GCM,data:([^,]*),iv:([^,]+),tag:([^,]+),type:([a-z]+)\]$/

/** Undefined for null, which sops leaves alone. */
function decryptValue(value: unknown, dataKey: Buffer, place: string): Plain | undefined {
  if (value === null || value === undefined) return undefined
  const [match, data, iv, tag, type] = (typeof value === 'string' && ENCRYPTED.exec(value)) || []
  if (match === undefined) return { ...asWritten(value), encrypted: false }
  try {
    const bytes = [data!, iv!, tag!].map((part) => Buffer.from(part, 'base64'))
    const decipher = createDecipheriv('aes-256-gcm', dataKey, bytes[1]!, { authTagLength: 16 })
    decipher.setAAD(Buffer.from(place)).setAuthTag(bytes[2]!)
    const text = Buffer.concat([decipher.update(bytes[0]!), decipher.final()]).toString('utf8')
    return { text, type: type!, encrypted: true }
  } catch {
    throw altered()
  }
}

/** A value that was left readable, as sops counts it in. */
function asWritten(value: unknown): { text: string; type: string } {
  if (typeof value === 'string') return { text: value, type: 'str' }
  if (typeof value === 'boolean') return { text: value ? 'True' : 'False', type: 'bool' }
  return { text: String(value), type: typeof value === 'bigint' ? 'int' : 'float' }
}

function altered(): SopsProblem {
  return new SopsProblem('was altered after sops encrypted it; restore it, or encrypt it again')
}
