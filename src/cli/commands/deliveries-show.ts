import { Failure } from '../../common/failure.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { OPERATIONS_OPTIONS, withOperations } from '../deliveries/with-operations.ts'
import { EXIT } from '../exit-codes.ts'

export const deliveriesShowCommand: Command = {
  name: 'deliveries show',
  summary: 'Show one delivery: where it stands, its earlier runs and every attempt',
  usage: 'ID [--body] [options]',
  examples: [
    'bode deliveries show 42.482a09ff-286b-4d0f-a1b8-9b99c1eac0f8',
    'bode deliveries show 42.482a09ff-286b-4d0f-a1b8-9b99c1eac0f8 --body --format json',
  ],
  options: {
    body: { type: 'boolean', help: 'the stored message too; it may hold personal data, so the audit says who read it' },
    ...OPERATIONS_OPTIONS,
  },
  run: (invocation) => deliveriesShow(invocation),
}

async function deliveriesShow(invocation: Invocation): Promise<Outcome> {
  const { positionals, flags } = invocation
  const [id, ...more] = positionals
  if (id === undefined || more.length > 0) {
    throw new Failure('usage', 'say one id, as bode deliveries list prints it: bode deliveries show ID')
  }
  const [details, { renderDelivery }] = await Promise.all([
    withOperations(invocation, (operations) => operations.show(id, { body: flags.on('body') })),
    import('../views/deliveries.ts'),
  ])
  return { exit: EXIT.ok, text: (style) => renderDelivery(details, style), json: details }
}
