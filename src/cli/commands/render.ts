import { hasErrors } from '../../common/diagnostics.ts'
import { Failure } from '../../common/failure.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { configurationOf } from '../document.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'
import { FILE_OPTIONS } from '../shared-options.ts'

export const renderCommand: Command = {
  name: 'render',
  summary: 'Write the configuration as it is applied: files put together, overlays merged, variables filled in',
  usage: '[--file PATH]... [--env NAME] [--origins]',
  examples: ['bode render -f config/ --env productie', 'bode render --env productie --origins'],
  options: { ...FILE_OPTIONS, origins: { type: 'boolean', help: 'say behind each value where it was written' } },
  run: render,
}

async function render(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { documents, diagnostics } = await configurationOf(invocation)
  if (hasErrors(diagnostics)) throw new Failure('invalid', 'the configuration has errors', { diagnostics })
  const { effectiveDocument, renderEffective } = await import('../../config/render-effective.ts')
  const effective = documents.map(effectiveDocument)
  const origins = invocation.flags.on('origins')
  const places = effective.flatMap((document, index) =>
    [...document.origins].map(([pointer, origin]) => [`/${index}${pointer}`, origin] as const),
  )
  return {
    exit: EXIT.ok,
    text: () => effective.map((document) => renderEffective(document, { origins })).join('---\n'),
    json: {
      documents: effective.map(({ value }) => value),
      ...(origins ? { origins: Object.fromEntries(places) } : {}),
    },
    diagnostics,
  }
}
