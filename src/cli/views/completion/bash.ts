import type { CompletedFlag, Grammar } from '../../completion.ts'

/** For bash 3.2 and newer. */
export function bashCompletion({ firsts, flags }: Grammar): string {
  const pairs = firsts.filter(({ seconds }) => seconds.length > 0)
  const words = (list: readonly { word: string }[]): string => list.map(({ word }) => word).join(' ')
  return `# bash completion of bode; load it with: source <(bode completion bash)
_bode() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" words=''
  # Bash takes --flag=value apart into three words.
  if [[ $current == = ]]; then current=''
  elif [[ $previous == = ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=( $(compgen -W '${words(firsts)}' -- "$current") )
    return
  fi
  case $command in
${pairs
  .map(
    ({ word, seconds }) =>
      `    ${word})
      if (( COMP_CWORD == 2 )); then COMPREPLY=( $(compgen -W '${words(seconds)}' -- "$current") ); return; fi
      command="$command \${COMP_WORDS[2]}" ;;`,
  )
  .join('\n')}
    help) COMPREPLY=( $(compgen -W '${words(firsts)}' -- "$current") ); return ;;
    completion) words='bash zsh fish' ;;
  esac
  case "$command $previous" in
${flags.flatMap(({ command, flags: list }) => list.flatMap((flag) => valueCase(command, flag))).join('\n')}
  esac
  if [[ $current == -* ]]; then
    case $command in
${flags.map(({ command, flags: list }) => `      '${command}') words='${list.map(({ long }) => `--${long}`).join(' ')}' ;;`).join('\n')}
    esac
  fi
  if [[ -n $words ]]; then COMPREPLY=( $(compgen -W "$words" -- "$current") )
  else COMPREPLY=( $(compgen -f -- "$current") ); fi
}
complete -o filenames -F _bode bode
`
}

/** What may follow a flag that takes a value. */
function valueCase(command: string, { long, short, values }: CompletedFlag): string[] {
  if (values === undefined) return []
  const names = [`--${long}`, ...(short === undefined ? [] : [`-${short}`])].map((flag) => `'${command} ${flag}'`)
  const reply = values.length === 0 ? 'compgen -f' : `compgen -W '${values.join(' ')}'`
  return [`    ${names.join('|')}) COMPREPLY=( $(${reply} -- "$current") ); return ;;`]
}
