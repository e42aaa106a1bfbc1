import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Failure } from '../../common/failure.ts'
import { fingerprintKeyText, loadMasterKey, newMasterKey } from '../../secrets/master-key.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'

export const secretsKeyCommand: Command = {
  name: 'secrets key',
  summary: 'Make a master key, which seals every secret in the database',
  usage: '[--fingerprint] [--write FILE]',
  examples: [
    'bode secrets key --write /etc/bode/master.key',
    'BODE_MASTER_KEY=$(bode secrets key) bode serve',
    'bode secrets key --fingerprint',
  ],
  options: {
    fingerprint: {
      type: 'boolean',
      help: 'the fingerprint key of the master key in BODE_MASTER_KEY, for BODE_FINGERPRINT_KEY: enough for bode plan',
    },
    write: { type: 'string', value: 'FILE', help: 'write it there (mode 0600, never over an existing file)' },
  },
  run: async (invocation) => {
    demandNoArguments(invocation)
    const { flags, io, environment } = invocation
    const derived = flags.on('fingerprint')
    const key = derived ? fingerprintKeyText(loadMasterKey(environment)) : newMasterKey()
    const file = flags.text('write')
    if (file === undefined) return { exit: EXIT.ok, text: () => `${key}\n`, json: { key } }
    const path = resolve(io.cwd, file)
    await writeNewFile(path, `${key}\n`)
    if (derived) return { exit: EXIT.ok, text: () => `Wrote ${path}.\n`, json: { file: path } }
    return {
      exit: EXIT.ok,
      text: () =>
        `Wrote ${path}. Set BODE_MASTER_KEY_FILE=${path} and keep a copy: without it no secret can be read.\n`,
      json: { file: path },
    }
  },
}

async function writeNewFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const exists = (error as { code?: string }).code === 'EEXIST'
    const reason = exists ? 'it exists, and losing a master key loses every secret' : (error as Error).message
    throw new Failure(exists ? 'refused' : 'invalid', `cannot write ${path}: ${reason}`, { cause: error })
  }
}
