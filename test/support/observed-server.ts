import type { Test } from 'tap'
import type { ServerOptions } from '../../src/cli/server.ts'
import type { Settings } from '../../src/common/model.ts'
import type { Database } from '../../src/db/open.ts'
import { CLIENTS, TEST_SETTINGS } from './app.ts'
import { openTestDatabase } from './databases.ts'
import { parseExposition, type Family } from './exposition.ts'
import { messageBody } from './notificatie.ts'
import { seedConfiguration, type SeedAbonnement, type SeedConfiguration } from './seed-configuration.ts'
import { testMasterKey } from './seed.ts'
import { startTestServer, type TestServer } from './server.ts'
import { makeToken } from './token.ts'

/** Fails fast, and dies on the second failure. */
export const QUICK: Partial<Settings> = {
  ...TEST_SETTINGS,
  delivery: {
    maxConcurrency: 8,
    timeoutMs: 2_000,
    retry: { maxRetries: 1, backoffMs: 10, baseFactor: 1, backoffMaxMs: 10 },
  },
}

export type ObservedServer = TestServer & {
  database: Database
  /** Posts a message on kanaal zaken; its status. */
  publish: (changes?: Record<string, unknown>, headers?: Record<string, string>) => Promise<number>
  scrape: () => Promise<Map<string, Family>>
}

/** A whole server with metrics, with kanaal zaken and these abonnementen on it. */
export async function startObservedServer(
  t: Test,
  url: string,
  abonnementen: SeedAbonnement[],
  more: Partial<ServerOptions> & { seed?: SeedConfiguration } = {},
): Promise<ObservedServer> {
  const database = await openTestDatabase(t, url)
  const { seed, ...options } = more
  await seedConfiguration(database, {
    clients: CLIENTS,
    kanalen: { zaken: ['bronorganisatie'] },
    abonnementen: abonnementen.map((each) => ({
      kanalen: [{ naam: 'zaken', filters: {}, acties: [], resources: [] }],
      ...each,
    })),
    settings: QUICK,
    ...seed,
  })
  return { ...(await restart(t, url, options)), database }
}

/** Another server on what is there. */
export async function restart(
  t: Test,
  url: string,
  options: Partial<ServerOptions> = {},
): Promise<Omit<ObservedServer, 'database'>> {
  const metrics = { host: '127.0.0.1', port: 0 }
  const server = await startTestServer(t, {
    databaseUrl: url,
    masterKey: testMasterKey,
    environment: {},
    cwd: '/',
    metrics,
    ...options,
  })
  return {
    ...server,
    publish: async (changes = {}, headers = {}) => {
      const response = await fetch(`${server.url}/api/v1/notificaties`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${makeToken({ now: Date.now() })}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: JSON.stringify(messageBody(changes)),
      })
      await response.arrayBuffer()
      return response.status
    },
    scrape: async () => parseExposition(await (await fetch(`${server.metricsUrl}/metrics`)).text()),
  }
}
