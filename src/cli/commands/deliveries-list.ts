import { systemClock } from '../../common/clock.ts'
import { DEFAULT_PAGE, MAX_PAGE } from '../../common/deliveries.ts'
import { Failure } from '../../common/failure.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { FILTER_OPTIONS, filterOf } from '../deliveries/filter-flags.ts'
import { OPERATIONS_OPTIONS, withOperations } from '../deliveries/with-operations.ts'
import { EXIT } from '../exit-codes.ts'
import { countFlag, demandNoArguments } from '../flag-values.ts'

export const deliveriesListCommand: Command = {
  name: 'deliveries list',
  summary: 'List deliveries, unfinished and ended, the last accepted first',
  usage: '[filter] [--limit N] [options]',
  examples: [
    'bode deliveries list --outcome dead',
    'bode deliveries list --abonnement zac-zaken --status 5xx --from 24h',
    'bode deliveries list --outcome held --format json',
  ],
  options: {
    ...FILTER_OPTIONS,
    limit: { type: 'string', value: 'N', help: `how many, at most ${MAX_PAGE} (default: ${DEFAULT_PAGE})` },
    after: { type: 'string', value: 'ID', help: 'go on behind this delivery' },
    ...OPERATIONS_OPTIONS,
  },
  run: (invocation) => deliveriesList(invocation),
}

async function deliveriesList(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { flags } = invocation
  const filter = filterOf(flags, systemClock.now())
  const limit = countFlag(flags, 'limit') ?? DEFAULT_PAGE
  if (limit < 1 || limit > MAX_PAGE) throw new Failure('usage', `--limit is a number from 1 to ${MAX_PAGE}`)
  const [page, { renderDeliveries }] = await Promise.all([
    withOperations(invocation, (operations) => operations.list(filter, { limit, after: flags.text('after') })),
    import('../views/deliveries.ts'),
  ])
  return { exit: EXIT.ok, text: (style) => renderDeliveries(page, style), json: page }
}
