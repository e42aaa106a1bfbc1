import type * as promClient from 'prom-client'
import type { CounterConfiguration, GaugeConfiguration, HistogramConfiguration, Registry } from 'prom-client'

type PromClient = Pick<typeof promClient, 'Counter' | 'Gauge' | 'Histogram'>
export type Instruments = ReturnType<typeof createInstruments>

/** Seconds. An accept is milliseconds; what takes longer than seconds is a client's timeout. */
const ACCEPT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Seconds. Few, because there is one set per abonnement. */
const ATTEMPT_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** Seconds, from the accept to the first delivery: from milliseconds to the end of the retries. */
const DELIVERY_BUCKETS = [0.05, 0.1, 0.5, 1, 5, 30, 300, 3_600, 86_400]
const BATCH_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500]

/**
 * Everything that is measured, under its public name. Base units: seconds and bytes. Labels come from us or from
 * the configuration, never from a request.
 */
export function createInstruments({ Counter, Gauge, Histogram }: PromClient, registry: Registry) {
  const registers = [registry]
  const counter = <L extends string = never>(more: Omit<CounterConfiguration<L>, 'registers'>) =>
    new Counter<L>({ ...more, registers })
  const gauge = <L extends string = never>(more: Omit<GaugeConfiguration<L>, 'registers'>) =>
    new Gauge<L>({ ...more, registers })
  const histogram = <L extends string = never>(more: Omit<HistogramConfiguration<L>, 'registers'>) =>
    new Histogram<L>({ ...more, registers })

  return {
    buildInfo: gauge({
      name: 'bode_build_info',
      help: 'Always 1; says which program on which database this is.',
      labelNames: ['version', 'database'],
    }),
    ready: gauge({ name: 'bode_ready', help: '1 while the server takes work, as /readyz says.' }),
    databaseUp: gauge({
      name: 'bode_database_up',
      help: '1 when the database answered for this scrape. When 0, what is read from it is left out.',
    }),
    generation: gauge({ name: 'bode_configuration_generation', help: 'The generation in use; 0: none yet.' }),
    epoch: gauge({ name: 'bode_configuration_epoch', help: 'Moves with each write to a kanaal or abonnement.' }),
    refused: gauge({
      name: 'bode_configuration_refused',
      help: '1 while a newer generation cannot be used and the last good one stays.',
    }),

    requests: counter({
      name: 'bode_http_requests_total',
      help: 'Requests answered, by route pattern; route "none": no such route.',
      labelNames: ['method', 'route', 'status'],
    }),
    requestSeconds: histogram({
      name: 'bode_http_request_duration_seconds',
      help: 'From the headers of a request to the end of its answer.',
      labelNames: ['route'],
      buckets: ACCEPT_BUCKETS,
    }),

    accepts: counter({
      name: 'bode_accepts_total',
      help: 'Messages handed over: stored, repeated (an Idempotency-Key that was used), full (the queue was at its bound) or failed.',
      labelNames: ['outcome'],
    }),
    acceptSeconds: histogram({
      name: 'bode_accept_duration_seconds',
      help: 'From handing a message over to its commit.',
      buckets: ACCEPT_BUCKETS,
    }),
    batch: histogram({
      name: 'bode_accept_batch_notificaties',
      help: 'Messages stored by one transaction.',
      buckets: BATCH_BUCKETS,
    }),
    queue: gauge({ name: 'bode_accept_queue_notificaties', help: 'Messages waiting for a transaction.' }),
    queueBytes: gauge({ name: 'bode_accept_queue_bytes', help: 'Their size.' }),

    attempts: counter({
      name: 'bode_attempts_total',
      help: 'Attempts that ended, by class of the answer or by why there was none.',
      labelNames: ['abonnement', 'result'],
    }),
    attemptSeconds: histogram({
      name: 'bode_attempt_duration_seconds',
      help: 'How long an attempt took.',
      labelNames: ['abonnement'],
      buckets: ATTEMPT_BUCKETS,
    }),
    deliverySeconds: histogram({
      name: 'bode_delivery_duration_seconds',
      help: 'From accepting a message to the attempt that delivered it; replays are left out.',
      labelNames: ['abonnement'],
      buckets: DELIVERY_BUCKETS,
    }),
    inFlight: gauge({ name: 'bode_attempts_in_flight', help: 'Requests to subscribers under way.' }),
    deliveries: counter({
      name: 'bode_deliveries_total',
      help: 'What became of claimed deliveries: delivered, retry, dead, cancelled or released (not tried).',
      labelNames: ['outcome'],
    }),
    leasesLost: counter({
      name: 'bode_leases_lost_total',
      help: 'Outcomes that were not written, because the lease was over: these messages were sent twice.',
    }),
    leasesReclaimed: counter({
      name: 'bode_leases_reclaimed_total',
      help: 'Deliveries taken over from a server that did not finish them.',
    }),

    lane: gauge({
      name: 'bode_lane_deliveries',
      help: 'Unfinished deliveries: ready, leased or held (behind an older one of their key). 10000: that many or more.',
      labelNames: ['abonnement', 'state'],
    }),
    oldestDue: gauge({
      name: 'bode_lane_oldest_due_seconds',
      help: 'For how long the oldest ready delivery could have gone.',
      labelNames: ['abonnement'],
    }),
    state: gauge({
      name: 'bode_abonnement_state',
      help: '1 for the state that an abonnement is in: active, paused (by an operator) or blocked.',
      labelNames: ['abonnement', 'state'],
    }),
    breakerOpen: gauge({
      name: 'bode_abonnement_breaker_open',
      help: '1 while a subscriber that fails is left alone.',
      labelNames: ['abonnement'],
    }),
    dead: gauge({
      name: 'bode_dead_letters',
      help: 'Dead letters that are kept and were not sent again. 10000: that many or more.',
      labelNames: ['abonnement'],
    }),

    lookups: counter({
      name: 'bode_autorisaties_lookups_total',
      help: 'Rights that were asked for: hit (a valid answer was known), miss (it was not), failure (the API was asked in vain).',
      labelNames: ['result'],
    }),
  }
}
