import type { Command, Invocation, Outcome } from '../command.ts'
import { abonnementArgument } from '../deliveries/abonnement-argument.ts'
import { OPERATIONS_OPTIONS, withOperations } from '../deliveries/with-operations.ts'
import { EXIT } from '../exit-codes.ts'

export const deliveriesPauseCommand: Command = {
  name: 'deliveries pause',
  summary: 'Send nothing more to an abonnement until it is resumed; what is published for it waits',
  usage: 'ABONNEMENT [--reason TEXT] [options]',
  examples: ['bode deliveries pause zac-zaken --reason "moves to another cluster"'],
  options: {
    reason: { type: 'string', value: 'TEXT', help: 'why, for who looks later' },
    ...OPERATIONS_OPTIONS,
  },
  run: (invocation) => deliveriesPause(invocation),
}

async function deliveriesPause(invocation: Invocation): Promise<Outcome> {
  const abonnement = abonnementArgument(invocation)
  const [lane, { renderLanes }] = await Promise.all([
    withOperations(invocation, (operations) => operations.pause(abonnement, invocation.flags.text('reason') ?? null)),
    import('../views/lanes.ts'),
  ])
  return { exit: EXIT.ok, text: (style) => renderLanes([lane], style), json: lane }
}
