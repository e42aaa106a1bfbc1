import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { CliResult } from './cli.ts'
import { workplace } from './documents.ts'

export type SetUp = {
  /** Converts a file and applies the document with its secrets; the outcome of the first that fails, or of the apply. */
  setUp: (text: string) => Promise<CliResult>
  /** What a plan of the last document says. */
  plan: () => Promise<CliResult>
}

/** What `manage.py setup_configuration` does for Open Notificaties, as a user of ours does it. */
export function startSetUp(t: Test, url: string): SetUp {
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
    plan: () => bode(['plan', '-f', 'new/bode.yaml', '--detailed-exitcode']),
  }
}

/** A step with its flag on. */
export function step(enable: string, namespace: string, lines: string): string {
  return `${enable}: true\n${namespace}:\n${lines.trim().replaceAll(/^/gm, '  ')}\n`
}
