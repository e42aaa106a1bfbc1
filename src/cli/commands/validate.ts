import { hasErrors } from '../../common/diagnostics.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { configurationOf } from '../document.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'
import { FILE_OPTIONS } from '../shared-options.ts'
import { countFindings } from '../views/diagnostics.ts'

export const validateCommand: Command = {
  name: 'validate',
  summary: 'Check a configuration: syntax, schema, cross-references; needs no database and no secret',
  usage: '[--file PATH]... [options]',
  examples: ['bode validate', 'bode validate -f config/ --env productie', 'cat bode.yaml | bode validate -f -'],
  options: FILE_OPTIONS,
  run: validate,
}

async function validate(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { states, diagnostics, files } = await configurationOf(invocation)
  const valid = !hasErrors(diagnostics)
  const objects = states.reduce((sum, state) => sum + state.objects.length, 0)
  const names = states.map(({ owner }) => owner)
  const count = (severity: string): number => diagnostics.filter((found) => found.severity === severity).length
  return {
    exit: valid ? EXIT.ok : EXIT.invalid,
    text: (style) => {
      if (!valid) return ''
      const read = `${objects} ${objects === 1 ? 'object' : 'objects'} in ${files} ${files === 1 ? 'file' : 'files'}`
      return `${style.green('valid')}: ${names.join(', ')} (${read}; ${countFindings(diagnostics)})\n`
    },
    json: { valid, names, objects, files, errors: count('error'), warnings: count('warning'), diagnostics },
    diagnostics,
  }
}
