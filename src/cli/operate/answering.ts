import { Failure, type FailureKind } from '../../common/failure.ts'
import { isDatabaseAway } from '../../db/driver-errors.ts'
import type { OperateAnswer } from '../../http/operate/protocol.ts'
import { errorFacts } from '../../observability/error-facts.ts'
import type { Logger } from '../../observability/logger.ts'

/** HTTP's nearest word for each kind; clients go by the kind. */
const STATUS: Record<FailureKind, number> = {
  invalid: 422,
  secret: 424,
  conflict: 409,
  refused: 403,
  locked: 423,
  unreachable: 503,
  unconfirmed: 504,
  usage: 400,
}

/** The answer with what `work` finds, or with the Failure that it throws; a database that is away is `unreachable`. */
export async function answering(logger: Logger, work: () => Promise<object>): Promise<OperateAnswer> {
  try {
    return { status: 200, body: await work() }
  } catch (error) {
    const failure = isDatabaseAway(error) ? away(error, logger) : error
    if (!(failure instanceof Failure)) throw error
    const { kind, message, diagnostics } = failure
    return { status: STATUS[kind], body: { error: { kind, message }, diagnostics } }
  }
}

function away(error: unknown, logger: Logger): Failure {
  if (error instanceof Failure) return error
  logger.error(errorFacts(error), 'the database gives no answer')
  return new Failure('unreachable', 'the database of the server gives no answer; try again later')
}
