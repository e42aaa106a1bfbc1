import { Failure, type FailureKind } from '../../common/failure.ts'
import type { OperateAnswer } from '../../http/operate/protocol.ts'

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

/** The answer with what `work` finds, or with the Failure that it throws. */
export async function answering(work: () => Promise<object>): Promise<OperateAnswer> {
  try {
    return { status: 200, body: await work() }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { kind, message, diagnostics } = error
    return { status: STATUS[kind], body: { error: { kind, message }, diagnostics } }
  }
}
