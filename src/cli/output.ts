import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Failure, messageOf } from '../common/failure.ts'
import { listed } from '../common/listed.ts'
import type { Flags } from './command.ts'
import type { Io } from './io.ts'
import { FORMATS, isFormat, type Format, type Shown } from './views/formats/shown.ts'
import { renderFindings, renderProblem } from './views/formats/text.ts'
import { styleFor, type Style } from './views/style.ts'

/** How an outcome is shown. Nothing here can change it or its exit code. */
export type Presentation = { format: Format; style: Style; quiet: boolean; reports: readonly Report[] }

export type Report = { file: string; format: Format }

/** Throws Failure `usage` for a format that does not exist. */
export function formatFlag(flags: Flags): Format {
  const format = flags.text('format') ?? 'text'
  if (!isFormat(format)) throw new Failure('usage', `--format is ${listed(FORMATS)}, not "${format}"`)
  return format
}

/** `--report FILE=FORMAT`, repeatable. Throws Failure `usage` for anything else. */
export function reportFlags(flags: Flags): Report[] {
  return flags.texts('report').map((text) => {
    const [, file, format] = /^(.+)=([^=]*)$/.exec(text) ?? []
    if (file === undefined || format === undefined || !isFormat(format)) {
      throw new Failure('usage', `--report is FILE=FORMAT, with ${listed(FORMATS)}; not "${text}"`)
    }
    return { file, format }
  })
}

/** Writes stdout, stderr and the reports. */
export async function show(shown: Shown, io: Io, { format, style, quiet, reports }: Presentation): Promise<void> {
  if (format === 'text') {
    io.stderr.write(renderFindings(shown, style, { quiet }))
    io.stdout.write(shown.text(style))
    io.stderr.write(renderProblem(shown, style))
  } else io.stdout.write((await RENDERERS[format]())(shown, style))
  for (const report of reports) await writeReport(shown, io, report, style)
}

type Render = (shown: Shown, style: Style) => string

/** Loaded when asked for: two of them load node:crypto, which is a fifth of the start of Node. */
const RENDERERS: Record<Format, () => Promise<Render>> = {
  text: async () => (await import('./views/formats/text.ts')).renderText,
  json: async () => (await import('./views/formats/json.ts')).renderJson,
  markdown: async () => (await import('./views/formats/markdown.ts')).renderMarkdown,
  github: async () => (await import('./views/formats/github.ts')).renderGithub,
  gitlab: async () => (await import('./views/formats/gitlab.ts')).renderGitlab,
  sarif: async () => (await import('./views/formats/sarif.ts')).renderSarif,
}

/** A report that cannot be written is told, but what the command did is done: the exit code stays. */
async function writeReport(shown: Shown, io: Io, { file, format }: Report, style: Style): Promise<void> {
  const path = resolve(io.cwd, file)
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, (await RENDERERS[format]())(shown, styleFor(false)))
  } catch (error) {
    io.stderr.write(`${style.yellow('warning')}: the report ${file} was not written: ${messageOf(error)}\n`)
  }
}
