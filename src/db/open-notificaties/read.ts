import { emptyOpenNotificaties, type OpenNotificaties } from '../../common/open-notificaties.ts'
import { readAbonnementen } from './abonnementen.ts'
import { readAutorisaties, readOwn, readRetry } from './configuration.ts'
import { withForeignDatabase } from './connect.ts'
import { readCredentials } from './credentials.ts'
import { readKanalen } from './kanalen.ts'
import { demandKnownSchema } from './schema.ts'
import { readServices } from './services.ts'

/** What a new Open Notificaties has as its site before anybody says otherwise. */
const FACTORY_DOMAIN = 'example.com'

/**
 * Reads the configuration of an Open Notificaties 1.8 to 1.16 from its PostgreSQL, as it is at one
 * moment; nothing is written there. Throws Failure `usage` for an URL that is none, and `unreachable`
 * for a database that cannot be opened or has a schema that is not known.
 */
export async function readOpenNotificaties(url: string, options: { acceptNewer: boolean }): Promise<OpenNotificaties> {
  return withForeignDatabase(url, async (database) => {
    await demandKnownSchema(database, options)
    const services = await readServices(database)
    const kanalen = await readKanalen(database)
    const autorisaties = await readAutorisaties(database, services)
    const own = await readOwn(database, services)
    const domain = own.hosts.find((host) => host !== '' && host !== FACTORY_DOMAIN)
    const isAsked = [...services.values()].some(({ slug, secret }) => slug === autorisaties?.service && secret)
    return {
      ...emptyOpenNotificaties(),
      services: [...services.values()],
      autorisaties,
      credentials: await readCredentials(database, { withScopes: !isAsked }),
      kanalen: [...kanalen.values()],
      abonnementen: await readAbonnementen(database, kanalen),
      retry: await readRetry(database),
      own,
      domain,
    }
  })
}
