import type { Command, Invocation, Outcome } from '../command.ts'
import { abonnementArgument } from '../deliveries/abonnement-argument.ts'
import { OPERATIONS_OPTIONS, withOperations } from '../deliveries/with-operations.ts'
import { EXIT } from '../exit-codes.ts'

export const deliveriesResumeCommand: Command = {
  name: 'deliveries resume',
  summary: 'Send to an abonnement again: ends a pause, a block, a rest and an open breaker',
  usage: 'ABONNEMENT [options]',
  examples: ['bode deliveries resume zac-zaken'],
  options: OPERATIONS_OPTIONS,
  run: (invocation) => deliveriesResume(invocation),
}

async function deliveriesResume(invocation: Invocation): Promise<Outcome> {
  const abonnement = abonnementArgument(invocation)
  const [lane, { renderLanes }] = await Promise.all([
    withOperations(invocation, (operations) => operations.resume(abonnement)),
    import('../views/lanes.ts'),
  ])
  return { exit: EXIT.ok, text: (style) => renderLanes([lane], style), json: lane }
}
