import { Failure } from '../../common/failure.ts'
import { explain, type Unexplained } from '../../config/explain.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { renderExplained } from '../views/explain.ts'

export const explainCommand: Command = {
  name: 'explain',
  summary: 'Explain a key of the configuration: what it is for, what it takes, its default',
  usage: '[PATH]',
  examples: ['bode explain', 'bode explain clientCredentials.*.secret', 'bode explain abonnementen.zac.auth.api_key'],
  options: {},
  run: async (invocation) => explainPath(invocation),
}

function explainPath({ positionals, io }: Invocation): Outcome {
  const [path = '', ...more] = positionals
  if (more.length > 0) throw new Failure('usage', 'explain one path at a time: bode explain PATH')
  const found = explain(path.split(/\.|(?=\[\])/).filter((key) => key !== ''))
  if ('unknown' in found) throw new Failure('invalid', whyUnknown(found))
  return { exit: EXIT.ok, text: (style) => renderExplained(found, style, io.columns), json: found }
}

function whyUnknown({ unknown, below, suggestion, allowed }: Unexplained): string {
  const place = below === '' ? 'the document' : below
  if (allowed.length === 0) return `${place} has no keys, so there is no "${unknown}" below it`
  const hint = suggestion === undefined ? '' : `, did you mean "${suggestion}"?`
  return `${place} has no key "${unknown}"${hint === '' ? ';' : hint} it has: ${allowed.join(', ')}`
}
