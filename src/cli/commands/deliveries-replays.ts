import type { Command, Invocation, Outcome } from '../command.ts'
import { OPERATIONS_OPTIONS, withOperations } from '../deliveries/with-operations.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'

export const deliveriesReplaysCommand: Command = {
  name: 'deliveries replays',
  summary: 'List replays and how far they are, the newest first',
  usage: '[options]',
  examples: ['bode deliveries replays', 'bode deliveries replays --format json'],
  options: OPERATIONS_OPTIONS,
  run: (invocation) => deliveriesReplays(invocation),
}

async function deliveriesReplays(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const [replays, { renderReplays }] = await Promise.all([
    withOperations(invocation, (operations) => operations.replays()),
    import('../views/lanes.ts'),
  ])
  return { exit: EXIT.ok, text: (style) => renderReplays(replays, style), json: { replays } }
}
