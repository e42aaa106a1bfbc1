import { SCHEMA_CONTRACT } from '../../db/migration-status.ts'
import { version } from '../../common/package-root.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'

export const versionCommand: Command = {
  name: 'version',
  summary: 'Print the version of this program',
  usage: '[--format json]',
  examples: ['bode version', 'bode version --format json'],
  options: {},
  run: async () => ({
    exit: EXIT.ok,
    text: () => `bode ${version}\n`,
    json: { version, apiVersion: 'bode/v1', schemaContract: SCHEMA_CONTRACT },
  }),
}
