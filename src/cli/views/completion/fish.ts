import type { CompletedFlag, Grammar } from '../../completion.ts'

/** For fish 3. */
export function fishCompletion({ firsts, flags }: Grammar): string {
  const lines = [
    '# fish completion of bode; load it with: bode completion fish | source',
    'function __bode_is --description "The words after bode begin with these"',
    '  set -l words (commandline -opc)',
    '  test (count $words) -gt (count $argv); or return 1',
    '  set -l last (math (count $argv) + 1)',
    '  set -l begin $words[2..$last]',
    '  test "$begin" = "$argv"',
    'end',
    'function __bode_has --argument-names count --description "So many words stand after bode"',
    '  test (count (commandline -opc)) -eq (math $count + 1)',
    'end',
    ...firsts.map(({ word, summary }) => offer('__bode_has 0', word, summary)),
    ...firsts.flatMap(({ word, seconds }) =>
      seconds.map((second) => offer(`__bode_has 1; and __bode_is ${word}`, second.word, second.summary)),
    ),
    ...firsts.map(({ word, summary }) => offer('__bode_has 1; and __bode_is help', word, summary)),
    ...['bash', 'zsh', 'fish'].map((shell) => offer('__bode_has 1; and __bode_is completion', shell, 'Shell')),
    ...flags.flatMap(({ command, flags: list }) => list.map((flag) => flagLine(command, flag))),
  ]
  return `${lines.join('\n')}\n`
}

function offer(condition: string, word: string, text: string): string {
  return `complete -c bode -f -n ${quote(condition)} -a ${word} -d ${quote(text)}`
}

function flagLine(command: string, { long, short, help, values }: CompletedFlag): string {
  const names = `-l ${long}${short === undefined ? '' : ` -s ${short}`}`
  const value = values === undefined ? '' : values.length === 0 ? ' -r' : ` -x -a ${quote(values.join(' '))}`
  return `complete -c bode -n ${quote(`__bode_is ${command}`)} ${names}${value} -d ${quote(help)}`
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
