import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { CliResult } from './cli.ts'
import { workplace } from './documents.ts'

/**
 * What `manage.py setup_configuration` does for Open Notificaties, as a user of ours does it: `setUp` converts a file
 * and applies the document with its secrets. It gives the outcome of the first that fails, or of the apply.
 */
export function startSetUp(t: Test, url: string): { setUp: (text: string) => Promise<CliResult> } {
  const { bode, folder, write } = workplace(t, url)
  return {
    setUp: async (text) => {
      write(text, 'data.yaml')
      // A conversion overwrites nothing.
      rmSync(join(folder, 'new'), { recursive: true, force: true })
      const convert = ['convert', '--from', 'open-notificaties', 'data.yaml', '--name', 'gemeente']
      const converted = await bode([...convert, '--out', 'new', '--secrets-out', 'files:new/secrets'])
      return converted.exit === 0 ? bode(['apply', '-f', 'new/bode.yaml', '--auto-approve']) : converted
    },
  }
}

/** A step with its flag on. */
export function step(enable: string, namespace: string, lines: string): string {
  return `${enable}: true\n${namespace}:\n${lines.trim().replaceAll(/^/gm, '  ')}\n`
}
