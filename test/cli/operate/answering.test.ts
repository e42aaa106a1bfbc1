import t from 'tap'
import { answering } from '../../../src/cli/operate/answering.ts'
import { openDatabase } from '../../../src/db/open.ts'
import { createLogger } from '../../../src/observability/logger.ts'

const logger = createLogger({ level: 'silent' })

void t.test('a database that is away is told as unreachable, not as a bug', async (t) => {
  // Nobody listens at port 1; the cause is what any query gets from the driver then.
  const opening = await openDatabase('postgresql://u:p@127.0.0.1:1/x').catch((error: unknown) => error as Error)
  const cause = 'cause' in opening ? opening.cause : undefined
  const answer = await answering(logger, async () => {
    throw cause
  })
  t.match(answer, { status: 503, body: { error: { kind: 'unreachable', message: /gives no answer/ } } })
  t.notMatch(JSON.stringify(answer), /127\.0\.0\.1/)
})

void t.test('what is no matter of the connection stays a bug', async (t) => {
  for (const error of [new Error('x'), Object.assign(new Error('x'), { code: 'P2002' })]) {
    await t.rejects(
      answering(logger, () => Promise.reject(error)),
      error,
    )
  }
})
