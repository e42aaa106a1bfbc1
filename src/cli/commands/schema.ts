import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Failure, messageOf } from '../../common/failure.ts'
import { documentSchema, schemaText } from '../../config/schema.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'

const FILE = 'bode.schema.json'

export const schemaCommand: Command = {
  name: 'schema',
  summary: 'Print the JSON Schema of the configuration, as this program knows it',
  usage: '[--write DIR]',
  examples: ['bode schema > bode.schema.json', 'bode schema --write .'],
  options: {
    write: { type: 'string', value: 'DIR', help: `write ${FILE} into DIR instead, for editors` },
  },
  run: schema,
}

async function schema(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const folder = invocation.flags.text('write')
  if (folder === undefined) return { exit: EXIT.ok, text: schemaText, json: documentSchema }
  const path = join(folder, FILE)
  try {
    await mkdir(resolve(invocation.io.cwd, folder), { recursive: true })
    await writeFile(resolve(invocation.io.cwd, path), schemaText())
  } catch (error) {
    throw new Failure('invalid', `cannot write ${path}: ${messageOf(error)}`, { cause: error })
  }
  const hint = `first line of a configuration beside it: # yaml-language-server: $schema=./${FILE}\n`
  return { exit: EXIT.ok, text: () => `wrote ${path}\n${hint}`, json: { written: path } }
}
