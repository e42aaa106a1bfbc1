import type { Command, Invocation, Outcome } from '../command.ts'
import { OPERATIONS_OPTIONS, withOperations } from '../deliveries/with-operations.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'

export const deliveriesStatusCommand: Command = {
  name: 'deliveries status',
  summary: 'Show what waits for each abonnement, how many are dead, and what keeps it',
  usage: '[options]',
  examples: ['bode deliveries status', 'bode deliveries status --format json'],
  options: OPERATIONS_OPTIONS,
  run: (invocation) => deliveriesStatus(invocation),
}

async function deliveriesStatus(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const [lanes, { renderLanes }] = await Promise.all([
    withOperations(invocation, (operations) => operations.status()),
    import('../views/lanes.ts'),
  ])
  return { exit: EXIT.ok, text: (style) => renderLanes(lanes, style), json: { abonnementen: lanes } }
}
