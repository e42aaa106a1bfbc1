import t from 'tap'
import { onEachDatabase } from '../support/databases.ts'
import { MAX_GROWTH_MIB, watchBacklog } from './backlog.ts'

// A small backlog; `npm run test:faults -- --backlog` has one of 100 000.
// On PostgreSQL the leases of a server that was killed are taken over when its heartbeat is 15 s old.
t.setTimeout(240_000)

onEachDatabase(t, 'I13: the memory of a server does not follow its backlog', async (t, url) => {
  const { idle, hanging, peak, delivered } = await watchBacklog({ databaseUrl: url, backlog: 1_000, watchMs: 90_000 })
  t.comment(`idle ${idle} MiB, subscribers that hang ${hanging} MiB, at work ${peak} MiB`)
  t.ok(hanging - idle < MAX_GROWTH_MIB, `hanging: ${hanging - idle} MiB more`)
  t.ok(peak - idle < MAX_GROWTH_MIB, `at work: ${peak - idle} MiB more`)
  t.equal(delivered, 1_000)
})
