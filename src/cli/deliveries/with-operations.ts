import { systemClock } from '../../common/clock.ts'
import type { DeliveryOperations } from '../../common/deliveries.ts'
import { auditFacts } from '../audit.ts'
import type { Invocation } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { SERVER_OPTIONS } from '../remote/options.ts'
import { DATABASE_OPTIONS } from '../shared-options.ts'

/** Where the deliveries are: in a database at hand, or in that of a running server. */
export const OPERATIONS_OPTIONS = {
  ...DATABASE_OPTIONS,
  ...SERVER_OPTIONS,
} as const

/**
 * Runs `work` with what can be done on the database, or on the server of `--server`: the same, with the same
 * outcome. Throws what `work` throws, and Failure `unreachable`.
 */
export async function withOperations<T>(
  invocation: Invocation,
  work: (operations: DeliveryOperations) => Promise<T>,
): Promise<T> {
  const { flags, environment, interruption } = invocation
  const { actor } = auditFacts(environment, undefined)
  if (flags.text('server') !== undefined) {
    const { remoteOperations } = await import('../remote/operations.ts')
    return work(remoteOperations(invocation, actor))
  }
  const [{ withPreparedDatabase }, { databaseClockOffset }, { createDeliveryOperations }, { tellOfWork }] =
    await Promise.all([
      import('../prepared-database.ts'),
      import('../../db/clock-offset.ts'),
      import('../../delivery/operations/operations.ts'),
      import('../../delivery/wake-ups.ts'),
    ])
  return withPreparedDatabase(databaseUrl(invocation), { waitMs: 0, interruption }, async (database) => {
    const resumed: string[] = []
    const ahead = await databaseClockOffset(database, systemClock)
    const result = await work(
      createDeliveryOperations({
        database,
        clock: { now: () => systemClock.now() + ahead },
        actor: `operator:${actor}`,
        onResumed: (ids) => resumed.push(...ids),
        // The log is the server's; the table has it.
        onAudited: () => {},
      }),
    )
    await tellOfWork(database, resumed)
    return result
  })
}
