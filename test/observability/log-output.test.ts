import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../src/common/package-root.ts'
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

void t.test('a reader that goes away ends no server', async (t) => {
  const script = `
    import { logOutput } from ${JSON.stringify(join(packageRoot, 'src/observability/log-output.ts'))}
    const { destination, flush } = logOutput()
    for (let turn = 0; turn < 20; turn += 1) {
      destination.write('line\\n')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    destination.write('last\\n')
    flush()
    process.stderr.write('goes on')`
  const args = ['--import', 'tsx', '--input-type=module', '-e', script]
  const child = spawn(process.execPath, args, { cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.once('data', () => child.stdout.destroy())
  let said = ''
  child.stderr.on('data', (chunk) => (said += String(chunk)))
  const [code] = (await once(child, 'close')) as [number]
  t.match({ code, said }, { code: 0, said: 'goes on' })
})
