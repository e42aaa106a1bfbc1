import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { logOutput } from '../../src/observability/log-output.ts'
import { createLogger } from '../../src/observability/logger.ts'

void t.test('the lines of one turn are written together, in order, at its end or when it is asked', async (t) => {
  const file = join(t.testdir({}), 'log')
  const fd = openSync(file, 'w')
  t.teardown(() => closeSync(fd))
  const output = logOutput(fd)
  const logger = createLogger({ level: 'info', destination: output.destination })
  const lines = (): number[] => [...readFileSync(file, 'utf8').matchAll(/"number":(\d+)/g)].map(([, n]) => Number(n))
  for (const number of [1, 2, 3]) logger.info({ number }, 'line')
  t.strictSame(lines(), [], 'not yet')
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(lines(), [1, 2, 3])
  logger.info({ number: 4 }, 'line')
  output.flush()
  t.strictSame(lines(), [1, 2, 3, 4])
  logger.info({ number: 5, long: 'x'.repeat(100_000) }, 'line')
  t.strictSame(lines(), [1, 2, 3, 4, 5], 'much is not kept')
})
