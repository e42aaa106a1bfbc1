import type { Command, Option } from './command.ts'
import { COMMANDS } from './commands.ts'
import { COMMON_OPTIONS } from './shared-options.ts'
import type { Style } from './views/style.ts'

/** The text of `bode --help`. */
export async function programUsage(style: Style): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()))
  return [
    'Bode routes notificaties. Its whole configuration is YAML in git.',
    '',
    style.bold('Usage'),
    '  bode COMMAND [options]',
    '',
    style.bold('Commands'),
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    'bode COMMAND --help explains a command.',
    '',
  ].join('\n')
}

/** The text of `bode COMMAND --help`. */
export function commandUsage(command: Command, style: Style): string {
  const options = Object.entries({ ...command.options, ...COMMON_OPTIONS })
  return [
    `${command.summary}.`,
    '',
    style.bold('Usage'),
    `  bode ${command.name} ${command.usage}`,
    '',
    style.bold('Options'),
    ...columns(options.map(([name, option]) => [flagText(name, option), option.help])),
    '',
    style.bold('Examples'),
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n')
}

function flagText(name: string, option: Option): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `
  return `${short}--${name}${option.value === undefined ? '' : ` ${option.value}`}`
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
