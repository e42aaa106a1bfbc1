import { formatDuration } from '../common/duration.ts'
import type { Environment } from '../common/environment.ts'
import { Failure, messageOf } from '../common/failure.ts'
import { chooseCommand, parseFlags } from './arguments.ts'
import type { Command, Flags, Outcome } from './command.ts'
import { COMMANDS } from './commands.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { durationFlag } from './flag-values.ts'
import { createInterruption, type Interrupted } from './interruption.ts'
import type { Io } from './io.ts'
import { formatFlag, reportFlags, show, type Presentation } from './output.ts'
import { createProgress, type Progress } from './progress.ts'
import { commandUsage, groupUsage, programUsage } from './usage.ts'
import { FORMATS, type Problem, type Shown } from './views/formats/shown.ts'
import { styleFor, type Style } from './views/style.ts'

/**
 * Runs one command line and returns its exit code; throws nothing. The outcome is computed first and
 * then shown, so the format never changes the code.
 */
export async function run(argv: readonly string[], io: Io, environment: Environment): Promise<ExitCode> {
  let presentation = guessedPresentation(argv, styleFor(wantsColour(undefined, io, environment)))
  let command = ''
  let shown: Shown
  try {
    const words = helpWords(argv)
    const chosen = chooseCommand(words)
    if (chosen === undefined) return await help(words, io, presentation.style)
    const loaded = await load(chosen.name)
    const { positionals, flags } = parseFlags(loaded, chosen.rest)
    command = chosen.name
    presentation = presentationOf(flags, io, environment)
    if (flags.on('help')) {
      io.stdout.write(commandUsage(loaded, presentation.style, io.columns))
      return EXIT.ok
    }
    shown = { command, ...(await carryOut(loaded, positionals, flags, { io, environment, style: presentation.style })) }
  } catch (error) {
    if (!(error instanceof Failure)) io.stderr.write(`${(error instanceof Error && error.stack) || messageOf(error)}\n`)
    shown = { command, ...failed(error) }
  }
  await show(shown, io, presentation)
  if (shown.problem?.kind === 'interrupted') io.abandon(shown.exit)
  return shown.exit
}

type World = { io: Io; environment: Environment; style: Style }
type Ended = Outcome & { problem?: Problem }

/** Runs the command to its end, or until it is interrupted: then the process has to end with it. */
async function carryOut(
  command: Command,
  positionals: readonly string[],
  flags: Flags,
  { io, environment, style }: World,
): Promise<Ended> {
  const timeoutMs = durationFlag(flags, 'timeout', 0)
  const progress = progressFor(flags, io, environment)
  const interruption = createInterruption()
  io.onInterrupt((signal) => interruption.interrupt(signal))
  const timer = timeoutMs === 0 ? undefined : setTimeout(() => interruption.interrupt('timeout'), timeoutMs)
  try {
    const running = command.run({ positionals, flags, environment, io, style, progress, interruption })
    // Nobody waits for it after an interruption; what it then says is no news.
    running.catch(() => {})
    const ended = await Promise.race([running, interruption.happened])
    return 'reason' in ended ? abandoned(ended, timeoutMs) : ended
  } finally {
    clearTimeout(timer)
    progress.clear()
  }
}

function failed(error: unknown): Ended {
  if (error instanceof Failure) {
    const { kind, message, diagnostics } = error
    return { exit: EXIT[kind], text: () => '', json: null, diagnostics, problem: { kind, message } }
  }
  // The message of a bug may hold anything; who looks for it has the stack on stderr.
  const problem = { kind: 'internal', message: 'this is a bug in bode; the stack is on stderr' } as const
  return { exit: EXIT.internal, text: () => '', json: null, problem }
}

const INTERRUPTED = {
  none: 'nothing was changed',
  committed: 'the change was committed before, and stays; not every server may run on it yet: see bode status',
  unknown: 'while a change was being committed: see bode status for what became of it',
} as const

/** A time limit ends a command as `timeout(1)` would: with SIGTERM. */
function abandoned({ reason, changes }: Interrupted, timeoutMs: number): Ended {
  const why = reason === 'timeout' ? `--timeout ${formatDuration(timeoutMs)} is over` : reason
  const exits = {
    none: reason === 'SIGINT' ? EXIT.interrupted : EXIT.terminated,
    committed: EXIT.unconfirmed,
    unknown: EXIT.internal,
  }
  const problem = { kind: 'interrupted', message: `${why}; ${INTERRUPTED[changes]}` } as const
  return { exit: exits[changes], text: () => '', json: null, problem }
}

/** `bode help plan` is `bode plan --help`, and `bode --version` is what people try first. */
function helpWords(argv: readonly string[]): readonly string[] {
  if (argv[0] === '--version') return ['version', ...argv.slice(1)]
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
}

async function help(argv: readonly string[], io: Io, style: Style): Promise<ExitCode> {
  const asked = argv.includes('--help') || argv.includes('-h')
  if (argv.length > 0 && !asked) throw new Failure('usage', `unknown option '${argv[0]}'; see bode --help`)
  const first = argv[0] ?? ''
  const text =
    first === '' || first.startsWith('-') ? programUsage(style, io.columns) : groupUsage(first, style, io.columns)
  ;(asked ? io.stdout : io.stderr).write(await text)
  return asked ? EXIT.ok : EXIT.usage
}

async function load(name: string): Promise<Command> {
  const loader = COMMANDS[name]
  if (loader === undefined) throw new Error(`command ${name} is not registered`)
  return loader()
}

/** What the words look like they ask for, for a command line that is wrong. */
function guessedPresentation(argv: readonly string[], style: Style): Presentation {
  const guessed = new Set(
    argv.map((word, index) => (argv[index - 1] === '--format' ? word : /^--format=(.*)$/.exec(word)?.[1])),
  )
  const format = FORMATS.find((known) => guessed.has(known)) ?? 'text'
  return { format, style, quiet: false, reports: [] }
}

function presentationOf(flags: Flags, io: Io, environment: Environment): Presentation {
  const colour = flags.text('color') ?? 'auto'
  if (!['auto', 'always', 'never'].includes(colour)) throw new Failure('usage', '--color is auto, always or never')
  if (flags.on('quiet') && flags.on('verbose')) throw new Failure('usage', 'choose one of --quiet and --verbose')
  return {
    format: formatFlag(flags),
    style: styleFor(wantsColour(colour, io, environment)),
    quiet: flags.on('quiet'),
    reports: reportFlags(flags),
  }
}

function wantsColour(flag: string | undefined, { terminals }: Io, environment: Environment): boolean {
  if (flag === 'always' || flag === 'never') return flag === 'always'
  return terminals.stdout && terminals.stderr && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb'
}

/** Silent in a pipe. A terminal that cannot move its cursor, and BODE_ACCESSIBLE=1, get plain lines. */
function progressFor(flags: Flags, io: Io, environment: Environment): Progress {
  const plain = environment['TERM'] === 'dumb' || Boolean(environment['BODE_ACCESSIBLE'])
  const watched = io.terminals.stderr && !flags.on('quiet')
  const mode = flags.on('verbose') ? 'log' : !watched ? 'none' : plain ? 'lines' : 'line'
  return createProgress({ write: (text) => io.stderr.write(text), mode, columns: io.columns })
}
