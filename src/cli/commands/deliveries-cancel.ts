import { Failure } from '../../common/failure.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { OPERATIONS_OPTIONS, withOperations } from '../deliveries/with-operations.ts'
import { EXIT } from '../exit-codes.ts'

export const deliveriesCancelCommand: Command = {
  name: 'deliveries cancel',
  summary: 'Stop a replay; what it has put on its way stays on its way',
  usage: 'REPLAY [options]',
  examples: ['bode deliveries cancel 019358a1-7c3e-7e57-8f63-4a7e1f1a2b3c'],
  options: OPERATIONS_OPTIONS,
  run: (invocation) => deliveriesCancel(invocation),
}

async function deliveriesCancel(invocation: Invocation): Promise<Outcome> {
  const [id, ...more] = invocation.positionals
  if (id === undefined || more.length > 0) {
    throw new Failure('usage', 'say one replay, as bode deliveries replays prints it: bode deliveries cancel REPLAY')
  }
  const [replay, { renderReplays }] = await Promise.all([
    withOperations(invocation, (operations) => operations.cancelReplay(id)),
    import('../views/lanes.ts'),
  ])
  return { exit: EXIT.ok, text: (style) => renderReplays([replay], style), json: replay }
}
