import t from 'tap'
import { onEachDatabase } from '../support/databases.ts'
import { changeCatalog } from './catalog.ts'

// `npm run test:faults -- --catalog` does it a thousand times.
t.setTimeout(300_000)

onEachDatabase(
  t,
  'I5: what is posted after the 201 of an abonnement reaches it, and after the 204 of its end no more',
  async (t, databaseUrl, provider) => {
    const servers = provider === 'sqlite' ? 1 : 2
    const report = await changeCatalog({ databaseUrl, servers, rounds: 20 })
    t.match(report, { after201: 60, after204: 60 })
    t.strictSame(report.missed, [])
    t.strictSame(report.leaked, [])
  },
)
