import { createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto'
import { variableOrFile, type Environment } from '../common/environment.ts'
import { Failure, messageOf } from '../common/failure.ts'

/** What making and comparing fingerprints needs: enough to plan, not to read a secret. */
export type FingerprintKey = {
  /** HMAC key: makes fingerprints. */
  readonly fingerprint: KeyObject
}

/** The two keys derived from one master key. `id` tells sealed values of different keys apart; it reveals nothing. */
export type MasterKey = FingerprintKey & {
  readonly id: string
  /** AES-256 key: seals secrets at rest. */
  readonly encryption: KeyObject
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

/**
 * Reads the master key or, when there is none, BODE_FINGERPRINT_KEY or the file of BODE_FINGERPRINT_KEY_FILE,
 * with which a plan can be made. Throws Failure `secret` as `loadMasterKey` does.
 */
export function loadPlanningKey(environment: Environment): MasterKey | FingerprintKey {
  const hasMaster = environment['BODE_MASTER_KEY'] || environment['BODE_MASTER_KEY_FILE']
  const bytes = hasMaster ? undefined : readBytes(environment, 'BODE_FINGERPRINT_KEY', 'fingerprint key')
  return bytes === undefined ? loadMasterKey(environment) : { fingerprint: createSecretKey(bytes) }
}

/** The fingerprint key as text for BODE_FINGERPRINT_KEY. */
export function fingerprintKeyText({ fingerprint }: FingerprintKey): string {
  return fingerprint.export().toString('base64url')
}

/** True for a key that can seal and open too. */
export function isMasterKey(key: FingerprintKey): key is MasterKey {
  return 'encryption' in key
}

/** A new random master key as text for BODE_MASTER_KEY. */
export function newMasterKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url')
}

function readKey(environment: Environment, variable: string, name: string): MasterKey | undefined {
  const bytes = readBytes(environment, variable, name)
  return bytes === undefined ? undefined : deriveMasterKey(bytes)
}

function readBytes(environment: Environment, variable: string, name: string): Buffer | undefined {
  const text = readText(environment, variable, name)
  if (text === undefined) return undefined
  const bytes = Buffer.from(text, 'base64url')
  if (!/^[\w-]+=?$/.test(text) || bytes.length !== KEY_BYTES) {
    throw new Failure('secret', `the ${name} is not ${KEY_BYTES} bytes in base64url; ${ADVICE}`)
  }
  if (new Set(bytes).size < MIN_DISTINCT_BYTES) {
    throw new Failure('secret', `the ${name} is weak (it repeats itself); ${ADVICE}`)
  }
  return bytes
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
