import { Failure } from '../../common/failure.ts'
import type { Egress } from '../../egress/egress.ts'
import { reporter, type CheckName, type Finding } from './finding.ts'

/** One check on one subject. */
export type Job = { check: CheckName; subject: string; run(limit: Limit): Promise<Finding[]> }

/** The time that a job has for itself. */
export type Limit = {
  /** Requests that end when the job's time does. */
  egress: Egress
  /** Milliseconds left, at least 1. */
  remainingMs: () => number
}

export type RunOptions = {
  egress: Egress
  /** For each job, everything that it waits for together. */
  timeoutMs: number
  concurrency: number
  onStart?: (job: Job) => void
}

/** A job ends by its own requests' ending; one that does not is left behind after this much longer. */
const GRACE_MS = 1_000

/**
 * Runs jobs, at most `concurrency` at a time, and returns their findings in the order of the jobs. One that
 * takes too long or breaks becomes a failed finding and does not keep the others from ending. Throws nothing.
 */
export async function runJobs(jobs: readonly Job[], options: RunOptions): Promise<Finding[]> {
  const results: Finding[][] = jobs.map(() => [])
  const queue = jobs.entries()
  const worker = async (): Promise<void> => {
    for (const [index, job] of queue) {
      options.onStart?.(job)
      results[index] = await runOne(job, options)
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.concurrency, jobs.length) }, worker))
  return results.flat()
}

async function runOne(job: Job, { egress, timeoutMs }: RunOptions): Promise<Finding[]> {
  const deadline = performance.now() + timeoutMs
  const remainingMs = (): number => Math.max(1, Math.round(deadline - performance.now()))
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Finding[]>((resolve) => {
    timer = setTimeout(() => resolve([tooLate(job, timeoutMs)]), timeoutMs + GRACE_MS)
  })
  try {
    return await Promise.race([job.run({ egress: within(egress, remainingMs), remainingMs }), late])
  } catch (error) {
    return [broken(job, error)]
  } finally {
    clearTimeout(timer)
  }
}

function within(egress: Egress, remainingMs: () => number): Egress {
  return {
    request: (request) => egress.request({ ...request, timeoutMs: Math.min(request.timeoutMs, remainingMs()) }),
    close: () => egress.close(),
  }
}

function tooLate({ check, subject }: Job, timeoutMs: number): Finding {
  return reporter(check, subject).failed({
    id: 'too-late',
    message: `no result within ${timeoutMs} ms`,
    advice: { what: 'give it more time', where: '--timeout' },
  })
}

/** An expected failure says what to do; of a fault of the check itself only the kind is told: its message may hold anything. */
function broken({ check, subject }: Job, error: unknown): Finding {
  const expected = error instanceof Failure
  const { name = 'Error', code = '' } = error as { name?: string; code?: unknown }
  return reporter(check, subject).failed({
    id: expected ? error.kind : 'internal',
    message: expected ? error.message : `this check itself failed: ${name} ${String(code)}`.trimEnd(),
    advice: expected ? { what: error.message, where: subject } : { what: 'please report it', where: 'bode itself' },
    side: expected && error.kind === 'secret' ? 'secret' : 'remote',
  })
}
