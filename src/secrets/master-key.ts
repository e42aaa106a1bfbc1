import { createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto'
import { variableOrFile, type Environment } from '../common/environment.ts'
import { Failure, messageOf } from '../common/failure.ts'

/** The two keys derived from one master key. `id` tells sealed values of different keys apart; it reveals nothing. */
export type MasterKey = {
  readonly id: string
  /** AES-256 key: seals secrets at rest. */
  readonly encryption: KeyObject
  /** HMAC key: makes fingerprints. */
  readonly fingerprint: KeyObject
  /** The key that `bode secrets rekey` replaces or has just replaced: what it sealed can still be opened. */
  readonly previous?: MasterKey
}

const KEY_BYTES = 32
/** 32 random bytes have 30 distinct values on average; fewer than this never happens by chance. */
const MIN_DISTINCT_BYTES = 12
const ADVICE = 'make one with: bode secrets key --write FILE, and set BODE_MASTER_KEY_FILE=FILE'

/**
 * Reads BODE_MASTER_KEY, or the file of BODE_MASTER_KEY_FILE: 32 bytes in base64url; and likewise
 * BODE_PREVIOUS_MASTER_KEY, which need not be there. Throws Failure `secret`, naming the command that
 * makes a key, when one is missing, unreadable, malformed or weak.
 */
export function loadMasterKey(environment: Environment): MasterKey {
  const key = readKey(environment, 'BODE_MASTER_KEY', 'master key')
  if (key === undefined) throw new Failure('secret', `no master key: ${ADVICE}`)
  const previous = readKey(environment, 'BODE_PREVIOUS_MASTER_KEY', 'previous master key')
  return previous === undefined || previous.id === key.id ? key : { ...key, previous }
}

/** A new random master key as text for BODE_MASTER_KEY. */
export function newMasterKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url')
}

function readKey(environment: Environment, variable: string, name: string): MasterKey | undefined {
  const text = readText(environment, variable, name)
  if (text === undefined) return undefined
  const bytes = Buffer.from(text, 'base64url')
  if (!/^[\w-]+=?$/.test(text) || bytes.length !== KEY_BYTES) {
    throw new Failure('secret', `the ${name} is not ${KEY_BYTES} bytes in base64url; ${ADVICE}`)
  }
  if (new Set(bytes).size < MIN_DISTINCT_BYTES) {
    throw new Failure('secret', `the ${name} is weak (it repeats itself); ${ADVICE}`)
  }
  return deriveMasterKey(bytes)
}

function readText(environment: Environment, variable: string, name: string): string | undefined {
  try {
    return variableOrFile(environment, variable)
  } catch (error) {
    throw new Failure('secret', `no ${name}: ${messageOf(error)}`, { cause: error })
  }
}

/** HKDF-SHA-256 (RFC 5869): independent keys, so that knowing one says nothing about the other. */
function deriveMasterKey(master: Buffer): MasterKey {
  const derive = (purpose: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', master, '', `bode/v1/${purpose}`, bytes))
  return {
    id: derive('key-id', 4).toString('hex'),
    encryption: createSecretKey(derive('encryption', KEY_BYTES)),
    fingerprint: createSecretKey(derive('fingerprint', KEY_BYTES)),
  }
}
