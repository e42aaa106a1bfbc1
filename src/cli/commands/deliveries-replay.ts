import { systemClock } from '../../common/clock.ts'
import { DEFAULT_REPLAY_RATE, MAX_REPLAY_RATE, type DeliveryFilter } from '../../common/deliveries.ts'
import { Failure } from '../../common/failure.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { FILTER_OPTIONS, filterOf } from '../deliveries/filter-flags.ts'
import { OPERATIONS_OPTIONS, withOperations } from '../deliveries/with-operations.ts'
import { EXIT } from '../exit-codes.ts'
import { countFlag, demandNoArguments } from '../flag-values.ts'

export const deliveriesReplayCommand: Command = {
  name: 'deliveries replay',
  summary: 'Send deliveries again, some a second: dead letters, unless another outcome is named',
  usage: '[filter] [--dry-run] [--rate N] [options]',
  examples: [
    'bode deliveries replay --abonnement zac-zaken --status 5xx --dry-run',
    'bode deliveries replay --abonnement zac-zaken --status 5xx',
    'bode deliveries replay --all --rate 10',
    'bode deliveries replay --outcome delivered --abonnement zac-zaken --from 2h',
  ],
  options: {
    ...FILTER_OPTIONS,
    outcome: { type: 'string', value: 'dead|delivered|cancelled', help: 'how they ended (default: dead)' },
    all: { type: 'boolean', help: 'every dead letter there is, without a filter' },
    'dry-run': { type: 'boolean', help: 'only count them' },
    rate: { type: 'string', value: 'N', help: `a second, over all servers (default: ${DEFAULT_REPLAY_RATE})` },
    ...OPERATIONS_OPTIONS,
  },
  run: (invocation) => deliveriesReplay(invocation),
}

async function deliveriesReplay(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { flags } = invocation
  const filter = filterOf(flags, systemClock.now())
  const all = Object.keys(filter).length === 0
  if (all !== flags.on('all')) {
    throw new Failure('usage', 'say which deliveries to send again, or --all for every dead letter; not both')
  }
  return flags.on('dry-run') ? count(invocation, filter) : start(invocation, filter)
}

async function count(invocation: Invocation, filter: DeliveryFilter): Promise<Outcome> {
  const [counted, { renderCount }] = await Promise.all([
    withOperations(invocation, (operations) => operations.countReplay(filter)),
    import('../views/lanes.ts'),
  ])
  return { exit: EXIT.ok, text: () => renderCount(counted), json: { status: 'dry-run', ...counted } }
}

async function start(invocation: Invocation, filter: DeliveryFilter): Promise<Outcome> {
  const rate = countFlag(invocation.flags, 'rate') ?? DEFAULT_REPLAY_RATE
  if (rate < 1 || rate > MAX_REPLAY_RATE) throw new Failure('usage', `--rate is a number from 1 to ${MAX_REPLAY_RATE}`)
  const [replay, { deliveries }] = await Promise.all([
    withOperations(invocation, (operations) => operations.startReplay(filter, rate)),
    import('../views/lanes.ts'),
  ])
  if (replay === null) {
    return { exit: EXIT.ok, text: () => 'Nothing to send again.\n', json: { status: 'nothing', replay: null } }
  }
  const { id, total } = replay
  const text = [
    `Replay ${id}: ${deliveries(total)} ${total === 1 ? 'goes' : 'go'} out again, ${rate} a second, while a server runs.`,
    `See bode deliveries replays; stop it with bode deliveries cancel ${id}`,
    '',
  ].join('\n')
  return { exit: EXIT.ok, text: () => text, json: { status: 'started', replay } }
}
