import { Failure } from '../../common/failure.ts'
import type { ForeignDatabase } from './connect.ts'

/** Columns without which there is nothing to read. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  datamodel_kanaal: ['id', 'uuid', 'naam', 'documentatie_link', 'filters'],
  datamodel_abonnement: ['id', 'uuid', 'callback_url', 'auth', 'client_id'],
  datamodel_filtergroup: ['id', 'abonnement_id', 'kanaal_id'],
  datamodel_filter: ['id', 'key', 'value', 'filter_group_id'],
  vng_api_common_jwtsecret: ['id', 'identifier', 'secret'],
  authorizations_authorizationsconfig: ['id', 'component', 'authorizations_api_service_id'],
  zgw_consumers_service: ['id', 'slug', 'label', 'api_type', 'api_root', 'auth_type', 'client_id', 'secret'],
}

/** The first and last migration of app `datamodel` of the versions that this was written for, 1.8 and 1.16. */
const FIRST_MIGRATION = 16
const LAST_MIGRATION = 26

/**
 * Throws Failure `unreachable` with what to do, unless the database is one of Open Notificaties 1.8 to
 * 1.16. `acceptNewer`: a schema that is newer than any known one is read all the same, as long as the
 * columns are there.
 */
export async function demandKnownSchema(
  database: ForeignDatabase,
  { acceptNewer }: { acceptNewer: boolean },
): Promise<void> {
  if (!(await database.hasTable('django_migrations')) || !(await database.hasTable('datamodel_kanaal'))) {
    throw refused(
      'this is not a database of Open Notificaties: it lacks the tables django_migrations or datamodel_kanaal',
    )
  }
  const applied = (await database.rows('django_migrations')).filter(({ app }) => app === 'datamodel')
  const last = Math.max(0, ...applied.map(({ name }) => Number.parseInt(String(name), 10) || 0))
  const lacking = await lackingColumns(database)
  if (last < FIRST_MIGRATION || lacking.some((column) => column.endsWith('authorizations_api_service_id'))) {
    throw refused(
      'this database belongs to an Open Notificaties older than 1.8 (or its migrations were not finished): ' +
        'upgrade that to 1.8 or later first, on a copy if you like, and convert again',
    )
  }
  if (last > LAST_MIGRATION && !acceptNewer) {
    const name = applied
      .map(({ name }) => String(name))
      .toSorted()
      .at(-1)
    throw refused(
      `this database belongs to a newer Open Notificaties than this program knows (migration ${name}): ` +
        'use a newer Bode, or read it all the same with --accept-newer-schema and look well at the result',
    )
  }
  if (lacking.length > 0) {
    throw refused(`the database lacks ${lacking.join(', ')}: it is not a schema of Open Notificaties 1.8 to 1.16`)
  }
}

async function lackingColumns(database: ForeignDatabase): Promise<string[]> {
  const lacking: string[] = []
  for (const [table, needed] of Object.entries(NEEDED)) {
    const columns = await database.columns(table)
    lacking.push(...needed.filter((column) => !columns.has(column)).map((column) => `${table}.${column}`))
  }
  return lacking
}

function refused(message: string): Failure {
  return new Failure('unreachable', message)
}
