import type { Edit, Watch } from './mutant.ts'

/** A break of the source, and what must notice it. */
export type Mutation = { name: string; edits: readonly Edit[]; watch: Watch }

const SETTLE = 'src/db/settle-deliveries.ts'
const CLAIM = 'src/db/claim-deliveries.ts'
const FENCE: Watch = { file: 'test/db/settle-deliveries.test.ts', test: 'a settle by anybody but the holder' }
const MOVED: Watch = { file: 'test/notificaties/publish.test.ts', test: 'a catalog that moved is matched again' }
const I2: Watch = { file: 'test/faults/commit.test.ts', test: 'I2' }
const SIMULATION: Watch = { schedules: 60 }

/** What each invariant hangs by, cut. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'fence removed from an end (SQLite)',
    edits: [
      {
        file: SETTLE,
        find: ` AND row.attempt = item.value->>3
            AND row.state = 1 AND row.lease_owner = \${owner})`,
        replace: ` AND (row.state = 1 OR row.lease_owner <> \${owner}))`,
      },
    ],
    watch: FENCE,
  },
  {
    name: 'fence removed from an end (PostgreSQL)',
    edits: [
      {
        file: SETTLE,
        find: `
          AND row.state = 1 AND row.lease_owner = \${owner} AND row.attempt = item.attempt
        RETURNING row.sequence, row.abonnement_id AS "abonnementId", row.replay\`
}

function makeReady`,
        replace: `
          AND (row.state = 1 OR row.lease_owner <> \${owner})
        RETURNING row.sequence, row.abonnement_id AS "abonnementId", row.replay\`
}

function makeReady`,
      },
    ],
    watch: FENCE,
  },
  {
    name: 'acknowledged before the commit',
    edits: [
      {
        file: 'src/notificaties/publish.ts',
        find: 'await writer.add(pending).catch',
        replace: 'await Promise.race([writer.add(pending), { id: pending.id, repeated: false }]).catch',
      },
    ],
    watch: I2,
  },
  {
    name: 'deliveries written before the commit',
    edits: [
      {
        file: 'src/db/accept.ts',
        find: 'if (statements.acceptAtOnce !== undefined && ',
        replace: 'if (statements.acceptAtOnce !== undefined && epoch < 0 && ',
      },
      {
        file: 'src/db/accept.ts',
        find: 'await insertDeliveries(tx, provider, numbered.flatMap(deliveriesOf), now)',
        replace:
          'await database.transaction((other) => insertDeliveries(other, provider, numbered.flatMap(deliveriesOf), now))',
      },
    ],
    watch: { file: 'test/faults/commit.test.ts', test: '/I2.*postgresql/' },
  },
  {
    name: 'epoch skipped at the accept (SQLite)',
    edits: [{ file: 'src/db/accept-sqlite.ts', find: ' AND epoch = ${epoch}', replace: ' AND epoch >= ${epoch}' }],
    watch: MOVED,
  },
  {
    name: 'epoch skipped at the accept (PostgreSQL)',
    edits: [
      {
        file: 'src/db/accept-postgresql.ts',
        find: 'SELECT 1 FROM catalog WHERE id = 1 AND epoch = ${BigInt(epoch)} FOR SHARE\n',
        replace: 'SELECT 1 FROM catalog WHERE id = 1 AND epoch >= ${BigInt(epoch)} FOR SHARE\n',
      },
    ],
    watch: MOVED,
  },
  {
    name: 'epoch skipped at an accept with a key (PostgreSQL)',
    edits: [
      {
        file: 'src/db/accept-postgresql.ts',
        find: '(SELECT 1 FROM catalog WHERE id = 1 AND epoch = ${BigInt(epoch)} FOR SHARE)',
        replace: '(SELECT 1 FROM catalog WHERE id = 1 AND epoch >= ${BigInt(epoch)} FOR SHARE)',
      },
    ],
    watch: MOVED,
  },
  {
    name: 'epoch skipped at the claim',
    edits: [{ file: 'src/delivery/engine.ts', find: 'if (epoch > snapshot().epoch && ', replace: 'if (epoch < 0 && ' }],
    watch: SIMULATION,
  },
  {
    name: 'SKIP LOCKED removed',
    edits: [{ file: CLAIM, find: ' FOR UPDATE SKIP LOCKED', replace: ' FOR UPDATE' }],
    watch: { file: 'test/faults/commit.test.ts', test: 'I17' },
  },
  {
    name: 'SKIP LOCKED and the second look at the state removed',
    edits: [
      { file: CLAIM, find: ' FOR UPDATE SKIP LOCKED', replace: '' },
      {
        file: CLAIM,
        find: 'AND row.replay = picked.replay AND row.state = 0',
        replace: 'AND row.replay = picked.replay',
      },
    ],
    watch: { file: 'test/db/claim-deliveries.test.ts', test: 'no row is leased to two owners' },
  },
  {
    name: 'an attempt begins with too little of its lease',
    edits: [
      {
        file: 'src/delivery/deliverer.ts',
        find: "if (delivery.leasedUntilAt - clock.now() < timeoutMs + settings.leaseMarginMs) return 'release'",
        replace: 'void settings',
      },
    ],
    watch: { schedules: 400 },
  },
  {
    name: 'Retry-After is not waited for',
    edits: [
      {
        file: 'src/delivery/outcome.ts',
        find: 'Math.max(now + delay, asked ?? 0)',
        replace: 'now + delay + 0 * (asked ?? 0)',
      },
    ],
    watch: SIMULATION,
  },
  {
    name: 'a lane that must rest goes on',
    edits: [
      {
        file: 'src/delivery/deliverer.ts',
        find: 'const closes = closesLane(ending)',
        replace: 'const closes = closesLane(ending) && false',
      },
    ],
    watch: { schedules: 400 },
  },
  {
    name: 'no cooldown between probes',
    edits: [
      {
        file: 'src/delivery/claimer.ts',
        find: 'probeUntilAt: now + Math.max(cooldownMs(failingSinceAt, now), leaseMs)',
        replace: 'probeUntilAt: now + 0 * Math.max(cooldownMs(failingSinceAt, now), leaseMs)',
      },
    ],
    watch: { schedules: 400 },
  },
  {
    name: 'the cap of all lanes is forgotten',
    edits: [
      {
        file: 'src/delivery/lanes.ts',
        find: 'if (this.#inFlight >= this.#limits.maxInFlight) return undefined',
        replace: '',
      },
    ],
    watch: SIMULATION,
  },
  {
    name: 'nobody takes over from the dead',
    edits: [
      {
        file: 'src/delivery/reclaimer.ts',
        find: 'const reclaimed = await store.reclaim({ now, deadBefore: now - settings.deadAfterMs })',
        replace:
          'const reclaimed: string[] = now < 0 ? await store.reclaim({ now, deadBefore: now - settings.deadAfterMs }) : []',
      },
    ],
    watch: SIMULATION,
  },
]
