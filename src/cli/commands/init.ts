import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Failure, messageOf } from '../../common/failure.ts'
import type { Command, Flags, Invocation, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { asName, PIPELINES, starterFiles, type Pipeline, type StarterFile } from '../starter.ts'
import type { Style } from '../views/style.ts'

export const initCommand: Command = {
  name: 'init',
  summary: 'Start a configuration: bode.yaml, its schema for editors and, with --ci, a pipeline; overwrites nothing',
  usage: '[DIR] [--name NAME] [--ci gitlab|github|none]',
  examples: ['bode init', 'bode init config --name gemeente-voorbeeld', 'bode init --ci gitlab'],
  options: {
    name: { type: 'string', value: 'NAME', help: 'the metadata.name (default: the name of the directory)' },
    ci: {
      type: 'string',
      value: 'gitlab|github|none',
      help: 'a pipeline that validates, plans and applies it (default: none)',
    },
  },
  run: init,
}

async function init({ positionals, flags, io }: Invocation): Promise<Outcome> {
  const [folder = '.', ...more] = positionals
  if (more.length > 0) throw new Failure('usage', 'one directory at a time: bode init DIR')
  const root = resolve(io.cwd, folder)
  const files = await starterFiles(nameFor(flags, root), pipelineFor(flags))
  const existing = files.filter(({ path }) => existsSync(join(root, path))).map(({ path }) => join(folder, path))
  if (existing.length > 0) {
    throw new Failure(
      'refused',
      `${existing.join(' and ')} ${existing.length === 1 ? 'exists' : 'exist'} already; nothing was written`,
    )
  }
  for (const file of files) await writeNew(root, file)
  const written = files.map(({ path }) => join(folder, path))
  return { exit: EXIT.ok, text: (style) => renderStart(written, folder, style), json: { written } }
}

function nameFor(flags: Flags, root: string): string {
  const asked = flags.text('name')
  if (asked === undefined) return asName(basename(root)) ?? 'bode'
  if (asName(asked) === asked) return asked
  throw new Failure('usage', `--name is lower-case letters, digits and "-", not "${asked}"`)
}

function pipelineFor(flags: Flags): Pipeline {
  const asked = flags.text('ci') ?? 'none'
  const known = PIPELINES.find((pipeline) => pipeline === asked)
  if (known === undefined) throw new Failure('usage', `--ci is ${PIPELINES.join(', ')}; not "${asked}"`)
  return known
}

async function writeNew(root: string, { path, text }: StarterFile): Promise<void> {
  const target = join(root, path)
  try {
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, text, { flag: 'wx' })
  } catch (error) {
    throw new Failure('invalid', `cannot write ${target}: ${messageOf(error)}`, { cause: error })
  }
}

function renderStart(written: readonly string[], folder: string, { green, bold }: Style): string {
  const file = folder === '.' ? '' : ` -f ${join(folder, 'bode.yaml')}`
  return [
    ...written.map((path) => `${green('+')} ${path}`),
    '',
    bold('Next'),
    `  1. Say what is yours in ${join(folder, 'bode.yaml')}, and check it:  bode validate${file}`,
    '  2. Make a key that seals secrets, and a database:',
    '       bode secrets key --write master.key   # keep it out of git',
    '       export BODE_MASTER_KEY_FILE=$PWD/master.key',
    '       bode db migrate',
    `  3. See what would change, and do it:  bode plan${file}  and  bode apply${file}`,
    '',
  ].join('\n')
}
