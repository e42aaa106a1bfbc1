import { systemClock } from '../../common/clock.ts'
import { Failure } from '../../common/failure.ts'
import { hasErrors } from '../../common/diagnostics.ts'
import type { DesiredState } from '../../config/desired-state.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { configurationOf } from '../document.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'
import { DATABASE_OPTIONS, FILE_OPTIONS } from '../shared-options.ts'

export const driftCommand: Command = {
  name: 'drift',
  summary: 'Show what was changed outside since it was last applied; exit 2 when there is something',
  usage: '[--owner NAME | --file PATH] [options]',
  examples: ['bode drift', 'bode drift --owner gemeente-voorbeeld --format json', 'bode drift -f config/'],
  options: {
    ...DATABASE_OPTIONS,
    ...FILE_OPTIONS,
    file: { ...FILE_OPTIONS.file, help: 'only the configurations in these files, and where their fields stand' },
    owner: { type: 'string', value: 'NAME', help: 'only the configuration with this metadata.name' },
  },
  run: (invocation) => drift(invocation),
}

/** What a client changed within its `clientMay` is shown, and is no reason for exit 2. */
async function drift(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { flags } = invocation
  const owner = flags.text('owner')
  if (owner !== undefined && flags.texts('file').length > 0) {
    throw new Failure('usage', 'give --owner or --file, not both')
  }
  const [{ withPreparedDatabase }, { readDrift }, { renderDrift }] = await Promise.all([
    import('../prepared-database.ts'),
    import('../../reconcile/read-drift.ts'),
    import('../views/drift.ts'),
  ])
  const states = await documentsOf(invocation)
  const owners = owner === undefined ? states?.map((state) => state.owner) : [owner]
  invocation.progress.step('comparing with what was last applied')
  const report = await withPreparedDatabase(databaseUrl(invocation), { waitMs: 0 }, (database) =>
    readDrift(database, owners, states ?? [], systemClock.now()),
  )
  return {
    exit: report.drift.some(({ kept }) => !kept) ? EXIT.changes : EXIT.ok,
    text: (style) => renderDrift(report, style),
    json: report,
  }
}

/** Undefined: no document was named, and none is needed. */
async function documentsOf(invocation: Invocation): Promise<DesiredState[] | undefined> {
  if (invocation.flags.texts('file').length === 0) return undefined
  const { states, diagnostics } = await configurationOf(invocation)
  if (hasErrors(diagnostics)) throw new Failure('invalid', 'the configuration has errors', { diagnostics })
  return states
}
