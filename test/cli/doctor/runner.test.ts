import t from 'tap'
import { reporter } from '../../../src/cli/doctor/finding.ts'
import { runJobs, type Job } from '../../../src/cli/doctor/runner.ts'
import { Failure } from '../../../src/common/failure.ts'
import type { Egress } from '../../../src/egress/egress.ts'

const NO_EGRESS: Egress = { request: () => Promise.reject(new Error('none')), close: async () => {} }
const options = { egress: NO_EGRESS, timeoutMs: 50, concurrency: 3 }

const job = (subject: string, run: Job['run']): Job => ({ check: 'callbacks', subject, run })

void t.test('no more than so many at a time, and the results in the order of the jobs', async (t) => {
  let running = 0
  let most = 0
  const jobs = Array.from({ length: 20 }, (_, index) =>
    job(`${index}`, async () => {
      running += 1
      most = Math.max(most, running)
      // Later jobs end earlier.
      for (let turn = 20 - index; turn > 0; turn -= 1) await Promise.resolve()
      running -= 1
      return [reporter('callbacks', `${index}`).ok('fine', '')]
    }),
  )
  const findings = await runJobs(jobs, { ...options, timeoutMs: 5_000 })
  t.equal(most, 3)
  t.strictSame(
    findings.map(({ subject }) => subject),
    jobs.map(({ subject }) => subject),
  )
})

void t.test('one that never ends or breaks does not take the others with it', async (t) => {
  const findings = await runJobs(
    [
      job('never', () => new Promise(() => {})),
      job('failure', async () => Promise.reject(new Failure('secret', 'no key'))),
      job('fault', async () => Promise.reject(new TypeError('a secret may stand here'))),
      job('fine', async () => [reporter('callbacks', 'fine').ok('fine', '')]),
    ],
    options,
  )
  t.match(findings, [
    { id: 'callbacks/too-late', status: 'failed', message: /50 ms/ },
    { id: 'callbacks/secret', side: 'secret', message: 'no key' },
    { id: 'callbacks/internal', status: 'failed', message: 'this check itself failed: TypeError' },
    { id: 'callbacks/fine', status: 'ok' },
  ])
  t.notMatch(JSON.stringify(findings), /may stand here/)
})

void t.test('a request has no more time than its job has left', async (t) => {
  const asked: number[] = []
  const egress: Egress = {
    ...NO_EGRESS,
    request: async ({ timeoutMs }) => {
      asked.push(timeoutMs)
      return { status: 200, headers: {}, body: Buffer.from(''), truncated: false, durationMs: 1 }
    },
  }
  const request = { url: 'http://x/', method: 'GET', headers: {}, maxResponseBytes: 1 } as const
  const run: Job['run'] = async (limit) => {
    await limit.egress.request({ ...request, timeoutMs: 10_000 })
    await limit.egress.request({ ...request, timeoutMs: 5 })
    return []
  }
  await runJobs([job('a', run)], { ...options, egress, timeoutMs: 2_000 })
  t.ok((asked[0] ?? 0) <= 2_000 && (asked[0] ?? 0) > 1_000)
  t.equal(asked[1], 5)
})
