import { setImmediate as turn } from 'node:timers/promises'
import type { Counter, Registry } from 'prom-client'
import { BoundedNames } from './bounded-names.ts'
import { createInstruments, type Instruments } from './instruments.ts'
import type { Observer } from './observer.ts'
import { sample, type Sources } from './sample.ts'

/** What Prometheus reads. */
export type Exposition = { contentType: string; text: string }

export type Metrics = Observer & {
  /** Everything as it is now, in the text format of Prometheus. Waits for the sources. */
  exposition(sources: Sources): Promise<Exposition>
}

/** Abonnementen with series of their own; about 27 KB of text for ten. */
const MAX_ABONNEMENTEN = 1_000
/** Characters of text made in one turn of the event loop: some 30 ms. */
const MAX_PER_TURN = 256 * 1024
/** Other methods than these are nothing that our clients send. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * Counts in the memory of this process, for one server: with several in one process each has its own. The library
 * is loaded here, so that who does not measure does not have it.
 */
export async function createMetrics(build: { version: string; database: string }): Promise<Metrics> {
  const { default: promClient } = await import('prom-client')
  const registry = new promClient.Registry()
  promClient.collectDefaultMetrics({ register: registry })
  const instruments = createInstruments(promClient, registry)
  const { buildInfo, accepts, acceptSeconds, batch, lookups, requests, requestSeconds } = instruments
  buildInfo.set(build, 1)
  for (const outcome of ['stored', 'repeated', 'full', 'failed']) accepts.inc({ outcome }, 0)
  for (const result of ['hit', 'miss', 'failure']) lookups.inc({ result }, 0)
  const names = new BoundedNames(MAX_ABONNEMENTEN)
  let prunedFor: unknown

  return {
    accepted: (outcome, durationMs) => {
      accepts.inc({ outcome })
      if (outcome === 'stored') acceptSeconds.observe(durationMs / 1_000)
    },
    committed: (messages) => batch.observe(messages),
    attempted: ({ result, durationMs, deliveredAfterMs, ...attempt }) => {
      const abonnement = names.labelOf(attempt.abonnement)
      instruments.attempts.inc({ abonnement, result })
      instruments.attemptSeconds.observe({ abonnement }, durationMs / 1_000)
      if (deliveredAfterMs !== undefined) instruments.deliverySeconds.observe({ abonnement }, deliveredAfterMs / 1_000)
    },
    lookedUp: (result) => lookups.inc({ result }),
    requested: ({ method, route, status, durationMs }) => {
      const pattern = route ?? 'none'
      requests.inc({ method: METHODS.has(method) ? method : 'other', route: pattern, status })
      requestSeconds.observe({ route: pattern }, durationMs / 1_000)
    },
    exposition: async (sources) => {
      const { abonnementen } = sources.snapshot()
      if (abonnementen !== prunedFor) {
        prunedFor = abonnementen
        const gone = names.prune(new Set([...abonnementen.values()].map(({ name }) => name)))
        await forget(instruments, new Set(gone))
      }
      await sample(instruments, names, sources)
      return { contentType: registry.contentType, text: await textOf(registry) }
    },
  }
}

/**
 * Metric by metric, so that others get a turn now and then: with 1 000 abonnementen this is 2.6 MB and takes 280 ms.
 * Not after each, because a turn under load is long.
 * The library writes `Nan`; the format has `NaN`, and not every reader is lenient.
 */
async function textOf(registry: Registry): Promise<string> {
  const texts: string[] = []
  let sinceTurn = 0
  for (const { name } of registry.getMetricsAsArray()) {
    const text = await registry.getSingleMetricAsString(name)
    texts.push(`${text.replaceAll(/ Nan$/gm, ' NaN')}\n`)
    sinceTurn += text.length
    if (sinceTurn < MAX_PER_TURN) continue
    sinceTurn = 0
    await turn()
  }
  return texts.join('')
}

/** An abonnement that is gone leaves no series behind. */
async function forget(instruments: Instruments, gone: ReadonlySet<string>): Promise<void> {
  if (gone.size === 0) return
  const { attempts, attemptSeconds, deliverySeconds } = instruments
  for (const labels of await labelsOf(attempts)) if (gone.has(String(labels.abonnement))) attempts.remove(labels)
  for (const abonnement of gone) {
    attemptSeconds.remove({ abonnement })
    deliverySeconds.remove({ abonnement })
  }
}

async function labelsOf<L extends string>(counter: Counter<L>) {
  return (await counter.get()).values.map(({ labels }) => labels)
}
