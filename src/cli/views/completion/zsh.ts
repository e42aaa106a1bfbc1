import type { CompletedFlag, Grammar } from '../../completion.ts'

/** For zsh, sourced or as the file `_bode` of its fpath. */
export function zshCompletion({ firsts, flags }: Grammar): string {
  const pairs = firsts.filter(({ seconds }) => seconds.length > 0)
  const described = (list: readonly { word: string; summary: string }[]): string =>
    list.map(({ word, summary }) => item(word, summary)).join(' ')
  return `#compdef bode
# zsh completion of bode; load it with: source <(bode completion zsh)
_bode() {
  local -a items
  local command=$words[2] previous=$words[CURRENT-1] current=$words[CURRENT]
  if (( CURRENT == 2 )); then
    items=(${described(firsts)})
    _describe -t commands command items
    return
  fi
  case $command in
${pairs
  .map(
    ({ word, seconds }) =>
      `    ${word})
      if (( CURRENT == 3 )); then items=(${described(seconds)}); _describe -t commands command items; return; fi
      command="$command $words[3]" ;;`,
  )
  .join('\n')}
    help) items=(${described(firsts)}); _describe -t commands command items; return ;;
    completion) compadd bash zsh fish; return ;;
  esac
  case "$command $previous" in
${flags.flatMap(({ command, flags: list }) => list.flatMap((flag) => valueCase(command, flag))).join('\n')}
  esac
  if [[ $current == -* ]]; then
    case $command in
${flags.map(({ command, flags: list }) => `      '${command}') items=(${list.map(({ long, help }) => item(`--${long}`, help)).join(' ')}) ;;`).join('\n')}
    esac
    _describe -t options option items
  else _files; fi
}
if [[ $funcstack[1] == _bode ]]; then _bode "$@"; else compdef _bode bode; fi
`
}

function valueCase(command: string, { long, short, values }: CompletedFlag): string[] {
  if (values === undefined) return []
  const names = [`--${long}`, ...(short === undefined ? [] : [`-${short}`])].map((flag) => `'${command} ${flag}'`)
  const reply = values.length === 0 ? '_files' : `compadd ${values.join(' ')}`
  return [`    ${names.join('|')}) ${reply}; return ;;`]
}

/** `'word:what it is'`. */
function item(word: string, text: string): string {
  return `'${word}:${text.replaceAll(':', '\\:').replaceAll("'", "'\\''")}'`
}
