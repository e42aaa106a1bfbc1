import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { hasErrors } from '../../common/diagnostics.ts'
import { Failure, messageOf } from '../../common/failure.ts'
import { formatSources, type Formatted } from '../../config/format/format-sources.ts'
import { loadSources } from '../../config/load.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { replaceFile } from '../replace-file.ts'
import type { Style } from '../views/style.ts'

export const fmtCommand: Command = {
  name: 'fmt',
  summary: 'Lay out configuration files in one way: order of keys, quotes, spaces; values and comments stay',
  usage: '[--check] [PATH...]',
  examples: ['bode fmt', 'bode fmt --check config/', 'bode fmt - < bode.yaml'],
  options: { check: { type: 'boolean', help: 'write nothing; exit 2 and name the files that are laid out otherwise' } },
  run: fmt,
}

async function fmt(invocation: Invocation): Promise<Outcome> {
  const { positionals, flags, io, interruption } = invocation
  const paths = positionals.length === 0 ? ['bode.yaml'] : positionals
  const { sources, diagnostics: unreadable } = await loadSources(paths, {
    cwd: io.cwd,
    stdin: () => text(io.stdin),
  })
  const { files, diagnostics } = formatSources(sources)
  const problems = [...unreadable, ...diagnostics]
  if (hasErrors(problems)) throw new Failure('invalid', 'nothing was laid out', { diagnostics: problems })
  const changed = files.filter((file) => file.changed)
  const check = flags.on('check')
  const names = changed.map(({ file }) => file)
  const printed = check ? undefined : files.find(({ file }) => file === '<stdin>')
  if (!check) await interruption.shield(() => write(changed, io.cwd))
  return {
    exit: check && changed.length > 0 ? EXIT.changes : EXIT.ok,
    text: (style) => (printed === undefined ? summary(names, files.length, check, style) : printed.text),
    json: { changed: names, files: files.length, written: !check, ...(printed && { text: printed.text }) },
  }
}

async function write(files: readonly Formatted[], cwd: string): Promise<void> {
  for (const { file, text: content } of files) {
    if (file === '<stdin>') continue
    try {
      await replaceFile(resolve(cwd, file), content)
    } catch (error) {
      throw new Failure('invalid', `cannot write ${file}: ${messageOf(error)}`, { cause: error })
    }
  }
}

function summary(changed: readonly string[], files: number, check: boolean, style: Style): string {
  if (changed.length === 0) return `${style.green('laid out')}: ${files} ${files === 1 ? 'file' : 'files'}\n`
  const did = check ? 'would be laid out otherwise' : 'laid out'
  return changed.map((file) => `${did}: ${file}\n`).join('')
}
