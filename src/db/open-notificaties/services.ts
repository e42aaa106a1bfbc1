import type { OnService } from '../../common/open-notificaties.ts'
import type { ForeignDatabase, JsonRow } from './connect.ts'
import { origin, secret, text } from './values.ts'

/** The services, by their id in the table. */
export async function readServices(database: ForeignDatabase): Promise<Map<number, OnService>> {
  const rows = await database.rows('zgw_consumers_service')
  return new Map(rows.map((row) => [Number(row['id']), serviceOf(row)]))
}

function serviceOf(row: JsonRow): OnService {
  // Slugs came with 1.8; a row that a migration made may have none.
  const slug = text(row, 'slug') || `service-${String(row['id'])}`
  return {
    slug,
    label: text(row, 'label'),
    apiType: text(row, 'api_type'),
    apiRoot: text(row, 'api_root'),
    authType: text(row, 'auth_type') || 'no_auth',
    clientId: text(row, 'client_id'),
    secret: secret(row, 'secret'),
    userId: text(row, 'user_id'),
    userRepresentation: text(row, 'user_representation'),
    origin: origin(`service ${JSON.stringify(slug)}`),
  }
}
