import type { Test } from 'tap'
import { startTestApp, type TestApp } from './app.ts'
import { AutorisatiesApi } from './autorisaties-api.ts'
import { freshDatabaseUrl } from './databases.ts'
import { messageBody } from './notificatie.ts'

const HOUR = 3_600_000

export type AutorisatiesWorld = TestApp & {
  api: AutorisatiesApi
  /** What `client` gets: 200, or the code of the refusal. */
  ask: (client?: string) => Promise<number | string>
}

/** `zrc` and `drc` are known by the Autorisaties API alone; `ac` is who tells of changes there. */
export async function startAutorisatiesWorld(
  t: Test,
  url?: string,
  parts: { staleForMs?: number; without?: 'api' | 'credential' } = {},
): Promise<AutorisatiesWorld> {
  const api = await AutorisatiesApi.start(t)
  const { apiRoot, clientId, secret } = api
  const autorisaties = {
    apiRoot,
    component: 'nrc' as const,
    credential: null,
    cacheForMs: HOUR,
    staleForMs: parts.staleForMs ?? HOUR,
  }
  const app = await startTestApp(t, url ?? (await freshDatabaseUrl(t, 'sqlite')), {
    clients: {
      zrc: 'autorisaties',
      drc: 'autorisaties',
      ac: ['notificaties.publiceren'],
      zac: ['notificaties.consumeren'],
    },
    kanalen: { autorisaties: [] },
    ...(parts.without === 'api' ? {} : { autorisaties }),
    ...(parts.without === undefined ? { externalCredential: { apiRoot, clientId, secret } } : {}),
  })
  const ask = async (client = 'zrc'): Promise<number | string> => {
    const response = await app.call('GET', 'kanaal', undefined, { as: client })
    if (response.statusCode === 200) return 200
    t.equal(response.statusCode, 403, 'never anything but 403')
    return response.json<{ code: string }>().code
  }
  return { ...app, api, ask }
}

/** What an Autorisaties API tells of an applicatie. */
export const changeOf = (actie: string, resourceUrl: string): object =>
  messageBody({
    kanaal: 'autorisaties',
    hoofdObject: resourceUrl,
    resource: 'applicatie',
    resourceUrl,
    actie,
    kenmerken: {},
  })
