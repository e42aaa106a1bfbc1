import type { OnAbonnement, OnEventGroup, OnGroup, OnKanaal } from '../../common/open-notificaties.ts'
import type { ForeignDatabase, JsonRow } from './connect.ts'
import { groupedBy, origin, reference, secret, text } from './values.ts'

/** The abonnementen with their filters, oldest first. */
export async function readAbonnementen(
  database: ForeignDatabase,
  kanalen: ReadonlyMap<number, OnKanaal>,
): Promise<OnAbonnement[]> {
  const groups = groupedBy(await database.rows('datamodel_filtergroup'), 'abonnement_id')
  const filters = groupedBy(await database.rows('datamodel_filter'), 'filter_group_id')
  const eventGroups = groupedBy(await database.rows('datamodel_cloudeventfiltergroup'), 'abonnement_id')
  const eventFilters = groupedBy(await database.rows('datamodel_cloudeventfilter'), await eventFilterColumn(database))
  return (await database.rows('datamodel_abonnement')).map((row) => {
    const abonnement = abonnementOf(row)
    const id = Number(row['id'])
    const groupOf = (group: JsonRow): OnGroup[] => {
      const kanaal = kanalen.get(reference(group, 'kanaal_id') ?? Number.NaN)
      if (kanaal === undefined) return []
      return [{ naam: kanaal.naam, filters: filtersOf(abonnement, filters.get(Number(group['id'])) ?? []) }]
    }
    abonnement.groups.push(...(groups.get(id) ?? []).flatMap(groupOf))
    abonnement.eventGroups.push(
      ...(eventGroups.get(id) ?? []).map((group): OnEventGroup => ({
        typeSubstring: text(group, 'type_substring'),
        filters: filtersOf(abonnement, eventFilters.get(Number(group['id'])) ?? []),
      })),
    )
    return abonnement
  })
}

/** Whatever the foreign key to the group is called in this version. */
async function eventFilterColumn(database: ForeignDatabase): Promise<string> {
  const columns = await database.columns('datamodel_cloudeventfilter')
  return [...columns].find((column) => column.endsWith('group_id')) ?? 'filter_group_id'
}

function abonnementOf(row: JsonRow): OnAbonnement {
  const uuid = text(row, 'uuid')
  const owner = text(row, 'client_id')
  const caller = text(row, 'auth_client_id')
  const hasAuthType = 'auth_type' in row
  // Before 1.15 every abonnement sent `auth`; NULL and '' in the column mean none since.
  const authType = hasAuthType ? text(row, 'auth_type') || 'no_auth' : 'api_key'
  const calls = authType === 'zgw' || authType === 'oauth2_client_credentials'
  return {
    uuid,
    callbackUrl: text(row, 'callback_url'),
    authType,
    auth: secret(row, 'auth'),
    // For a while the name to call with had a column of its own.
    clientId: calls && caller !== '' ? caller : owner,
    secret: secret(row, 'secret'),
    tokenUrl: text(row, 'oauth2_token_url'),
    scope: text(row, 'oauth2_scope'),
    sendCloudEvents: row['send_cloudevents'] === true,
    groups: [],
    eventGroups: [],
    certificates: [row['client_certificate_id'], row['server_certificate_id']].some((id) => typeof id === 'number'),
    notes: [],
    origin: origin(`abonnement ${JSON.stringify(uuid)}`),
  }
}

/** Before 1.8.1 a key could stand in a group twice; the last one is kept, and said. */
function filtersOf(abonnement: OnAbonnement, rows: readonly JsonRow[]): Record<string, string> {
  const values = new Map<string, string>()
  for (const row of rows) {
    const key = text(row, 'key')
    const known = values.get(key)
    if (known !== undefined && known !== text(row, 'value')) {
      abonnement.notes.push(
        `Filter ${JSON.stringify(key)} stood in one entry with two values, which no message can match; the last one is kept`,
      )
    }
    values.set(key, text(row, 'value'))
  }
  return Object.fromEntries(values)
}
