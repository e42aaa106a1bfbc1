import type { Environment } from '../common/environment.ts'
import { Failure, messageOf } from '../common/failure.ts'
import { chooseCommand, parseFlags } from './arguments.ts'
import type { Command, Flags, Outcome } from './command.ts'
import { COMMANDS } from './commands.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import { commandUsage, programUsage } from './usage.ts'
import { renderDiagnostics } from './views/diagnostics.ts'
import { styleFor, type Style } from './views/style.ts'

/**
 * Runs one command line and returns its exit code; throws nothing. The outcome is computed first and
 * then shown, so the format never changes the code.
 */
export async function run(argv: readonly string[], io: Io, environment: Environment): Promise<ExitCode> {
  let show: Presentation = { json: argv.includes('json'), style: styleFor(wantsColour(undefined, io, environment)) }
  try {
    const chosen = chooseCommand(argv)
    if (chosen === undefined) return await help(argv, io, show.style)
    const command = await load(chosen.name)
    const { positionals, flags } = parseFlags(command, chosen.rest)
    show = presentation(flags, io, environment)
    if (flags.on('help')) {
      io.stdout.write(commandUsage(command, show.style))
      return EXIT.ok
    }
    return print(await command.run({ positionals, flags, environment, io, style: show.style }), io, show)
  } catch (error) {
    return printFailure(error, io, show)
  }
}

type Presentation = { json: boolean; style: Style }

async function help(argv: readonly string[], io: Io, style: Style): Promise<ExitCode> {
  const asked = argv.includes('--help') || argv.includes('-h')
  if (argv.length > 0 && !asked) throw new Failure('usage', `unknown option ${argv[0]}; see bode --help`)
  ;(asked ? io.stdout : io.stderr).write(await programUsage(style))
  return asked ? EXIT.ok : EXIT.usage
}

async function load(name: string): Promise<Command> {
  const loader = COMMANDS[name]
  if (loader === undefined) throw new Error(`command ${name} is not registered`)
  return loader()
}

function presentation(flags: Flags, io: Io, environment: Environment): Presentation {
  const format = flags.text('format') ?? 'text'
  if (format !== 'text' && format !== 'json') throw new Failure('usage', `--format is text or json, not "${format}"`)
  const colour = flags.text('color') ?? 'auto'
  if (!['auto', 'always', 'never'].includes(colour)) throw new Failure('usage', '--color is auto, always or never')
  return { json: format === 'json', style: styleFor(wantsColour(colour, io, environment)) }
}

function wantsColour(flag: string | undefined, io: Io, environment: Environment): boolean {
  if (flag === 'always' || flag === 'never') return flag === 'always'
  return io.interactive && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb'
}

function print(outcome: Outcome, io: Io, { json, style }: Presentation): ExitCode {
  const diagnostics = outcome.diagnostics ?? []
  if (json) {
    io.stdout.write(`${JSON.stringify(withDiagnostics(outcome.json, diagnostics), null, 2)}\n`)
  } else {
    if (diagnostics.length > 0) io.stderr.write(renderDiagnostics(diagnostics, style))
    io.stdout.write(outcome.text(style))
  }
  return outcome.exit
}

function withDiagnostics(json: unknown, diagnostics: Outcome['diagnostics'] = []): unknown {
  if (diagnostics.length === 0 || typeof json !== 'object' || json === null || Array.isArray(json)) return json
  return { ...json, diagnostics }
}

function printFailure(error: unknown, io: Io, { json, style }: Presentation): ExitCode {
  if (!(error instanceof Failure)) {
    io.stderr.write(`${style.red('internal error')}: ${(error instanceof Error && error.stack) || messageOf(error)}\n`)
    return EXIT.internal
  }
  if (json) {
    const { kind, message, diagnostics } = error
    io.stdout.write(`${JSON.stringify({ error: { kind, message }, diagnostics }, null, 2)}\n`)
  } else {
    if (error.diagnostics.length > 0) io.stderr.write(renderDiagnostics(error.diagnostics, style))
    io.stderr.write(`${style.red('error')}: ${error.message}\n`)
  }
  return EXIT[error.kind]
}
