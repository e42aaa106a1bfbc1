import type { Command, Option } from './command.ts'
import { membersOf } from './arguments.ts'
import { COMMANDS } from './commands.ts'
import { COMMON_OPTIONS } from './shared-options.ts'
import { columns, wrap } from './views/columns.ts'
import type { Style } from './views/style.ts'

/** The commands by what they are about, in the order of `bode --help`; one that stands nowhere is a tool. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  Configuration: [
    'init',
    'validate',
    'fmt',
    'render',
    'plan',
    'apply',
    'drift',
    'status',
    'history',
    'show',
    'rollback',
    'export',
    'adopt',
    'convert',
  ],
  Secrets: ['secrets key', 'secrets check', 'secrets list', 'secrets rekey'],
  Server: [
    'serve',
    'doctor',
    'route',
    'token',
    'deliveries status',
    'deliveries list',
    'deliveries show',
    'deliveries replay',
    'deliveries replays',
    'deliveries cancel',
    'deliveries pause',
    'deliveries resume',
    'audit list',
  ],
  Database: ['db migrate', 'db status'],
  Tools: ['schema', 'explain', 'completion', 'version'],
}

/** The text of `bode --help`, for a terminal of `width` columns. */
export async function programUsage(style: Style, width?: number): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()))
  const rows = grouped(commands).map(
    ([group, members]) => [group, members.map(({ name, summary }) => [name, summary] as const)] as const,
  )
  return [
    'Bode routes notificaties. Its whole configuration is YAML in git.',
    '',
    style.bold('Usage'),
    '  bode COMMAND [options]',
    '',
    ...rows.flatMap(([group, members]) => [style.bold(group), ...columns(members, width), '']),
    'bode COMMAND --help explains a command, bode explain PATH a key of the document.',
    '',
  ].join('\n')
}

/** The text of `bode db --help`: the commands that begin with the word `first`. */
export async function groupUsage(first: string, style: Style, width?: number): Promise<string> {
  const commands = await Promise.all(membersOf(first).map(async (name) => COMMANDS[name]!()))
  const rows = commands.map(({ name, summary }) => [name, summary] as const)
  const usage = [style.bold('Usage'), `  bode ${first} COMMAND [options]`]
  return [...usage, '', ...columns(rows, width), '', `bode ${first} COMMAND --help explains a command.`, ''].join('\n')
}

/** The text of `bode COMMAND --help`. */
export function commandUsage(command: Command, style: Style, width?: number): string {
  const common = Object.keys(COMMON_OPTIONS)
  const own = Object.entries(command.options).filter(([name]) => !common.includes(name))
  const list = (options: readonly [string, Option][]): string[] =>
    columns(
      options.map(([name, option]) => [flagText(name, option), option.help]),
      width,
    )
  return [
    ...wrap(`${command.summary}.`, width ?? 100),
    '',
    style.bold('Usage'),
    `  bode ${command.name} ${command.usage}`.trimEnd(),
    '',
    ...(own.length === 0 ? [] : [style.bold('Options'), ...list(own), '']),
    style.bold('Options of every command'),
    ...list(Object.entries(COMMON_OPTIONS)),
    '',
    style.bold('Examples'),
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n')
}

function grouped(commands: readonly Command[]): [string, Command[]][] {
  const all = new Set(Object.values(GROUPS).flat())
  return Object.entries(GROUPS).map(([group, names]): [string, Command[]] => {
    const known = names.flatMap((name) => commands.find((command) => command.name === name) ?? [])
    return [group, group === 'Tools' ? [...known, ...commands.filter(({ name }) => !all.has(name))] : known]
  })
}

function flagText(name: string, option: Option): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `
  return `${short}--${name}${option.value === undefined ? '' : ` ${option.value}`}`
}
