import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { query } from './postgres.ts'

/** `1.7` and `next` are too old and too new; `other` is another Django program. */
export type OnVersion = '1.7' | '1.8' | '1.15' | '1.16' | 'next' | 'other'

const LAST_MIGRATION: Record<OnVersion, string> = {
  '1.7': '0015_notificatieresponse_attempt',
  '1.8': '0016_alter_abonnement_callback_url',
  '1.15': '0021_abonnement_client_certificate_and_more',
  '1.16': '0026_schedulednotification_in_progress',
  next: '0031_something_new',
  other: '',
}

/**
 * A PostgreSQL of this test's own with the tables of an Open Notificaties of that version, as far as its
 * configuration goes, empty but for `sql`. Gone when the test ends.
 */
export async function openNotificatiesDatabase(t: Test, version: OnVersion, sql = ''): Promise<string> {
  const admin = process.env['BODE_TEST_POSTGRES']
  if (admin === undefined) throw new Error('BODE_TEST_POSTGRES is not set: run the tests with npm test')
  const name = `on_${randomUUID().replaceAll('-', '')}`
  // A schema, not a database: making one of those takes a second.
  await query(admin, `CREATE SCHEMA ${name}`)
  t.teardown(() => query(admin, `DROP SCHEMA ${name} CASCADE`))
  const url = `${admin}?options=${encodeURIComponent(`-c search_path=${name}`)}`
  await query(url, `${schemaOf(version)}\n${sql}`)
  return url
}

function schemaOf(version: OnVersion): string {
  const migrations = `
    CREATE TABLE django_migrations (id serial PRIMARY KEY, app varchar(255), name varchar(255), applied timestamptz);
    INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0001_initial', now())`
  if (version === 'other') return `${migrations};`
  const hasAuthTypes = ['1.15', '1.16', 'next'].includes(version)
  return `${migrations}, ('datamodel', '0001_initial', now()), ('datamodel', '${LAST_MIGRATION[version]}', now());
    CREATE TABLE django_site (id serial PRIMARY KEY, domain varchar(100) UNIQUE, name varchar(50));
    INSERT INTO django_site (domain, name) VALUES ('example.com', 'example.com');
    CREATE TABLE zgw_consumers_service (
      id serial PRIMARY KEY, ${version === '1.7' ? '' : 'slug varchar(255) UNIQUE,'} label varchar(100), api_type varchar(20),
      api_root varchar(255) UNIQUE, client_id varchar(255), secret varchar(255), auth_type varchar(20),
      header_key varchar(100), header_value varchar(255), user_id varchar(255), user_representation varchar(255),
      timeout smallint DEFAULT 10);
    CREATE TABLE authorizations_authorizationsconfig (
      id serial PRIMARY KEY, component varchar(50),
      ${version === '1.7' ? 'api_root varchar(200)' : 'authorizations_api_service_id int REFERENCES zgw_consumers_service'});
    CREATE TABLE authorizations_applicatie (
      id serial PRIMARY KEY, uuid uuid, client_ids varchar(50)[], label varchar(100), heeft_alle_autorisaties boolean);
    CREATE TABLE authorizations_autorisatie (
      id serial PRIMARY KEY, component varchar(50), scopes varchar(100)[],
      applicatie_id int REFERENCES authorizations_applicatie);
    CREATE TABLE vng_api_common_jwtsecret (id serial PRIMARY KEY, identifier varchar(50) UNIQUE, secret varchar(255));
    CREATE TABLE notifications_api_common_notificationsconfig (
      id serial PRIMARY KEY, notifications_api_service_id int REFERENCES zgw_consumers_service,
      notification_delivery_max_retries int, notification_delivery_retry_backoff int,
      notification_delivery_retry_backoff_max int
      ${version === '1.8' ? '' : ', notification_delivery_base_factor int'});
    CREATE TABLE notifications_api_common_subscription (
      id serial PRIMARY KEY, callback_url varchar(200), client_id varchar(50), secret varchar(50),
      channels varchar(100)[], _subscription varchar(200));
    CREATE TABLE datamodel_kanaal (
      id serial PRIMARY KEY, uuid uuid UNIQUE, naam varchar(50) UNIQUE, documentatie_link varchar(200), filters varchar(100)[]);
    CREATE TABLE datamodel_abonnement (
      id serial PRIMARY KEY, uuid uuid, callback_url varchar(200), auth varchar(1000), client_id varchar(100)
      ${hasAuthTypes ? ', auth_type varchar(30), secret varchar(255), oauth2_token_url varchar(1000), oauth2_scope varchar(255), client_certificate_id int, server_certificate_id int, send_cloudevents boolean' : ''}
      ${version === '1.15' ? ', auth_client_id varchar(255)' : ''});
    CREATE TABLE datamodel_filtergroup (
      id serial PRIMARY KEY, abonnement_id int REFERENCES datamodel_abonnement, kanaal_id int REFERENCES datamodel_kanaal);
    CREATE TABLE datamodel_filter (
      id serial PRIMARY KEY, key varchar(100), value varchar(1000), filter_group_id int REFERENCES datamodel_filtergroup);
    ${hasAuthTypes ? CLOUD_EVENTS : ''}`
}

const CLOUD_EVENTS = `
    CREATE TABLE datamodel_cloudeventfiltergroup (
      id serial PRIMARY KEY, abonnement_id int REFERENCES datamodel_abonnement, type_substring varchar(255));
    CREATE TABLE datamodel_cloudeventfilter (
      id serial PRIMARY KEY, key varchar(100), value varchar(1000),
      cloud_event_filter_group_id int REFERENCES datamodel_cloudeventfiltergroup);`

/** A municipality's: a client's abonnement, the manager's, Open Notificaties' own, with canaries for secrets. */
export const MUNICIPALITY = `
  UPDATE django_site SET domain = 'nrc.voorbeeld.nl';
  INSERT INTO zgw_consumers_service (slug, label, api_type, api_root, client_id, secret, auth_type, user_id, user_representation) VALUES
    ('authorization-api-service', 'Autorisaties', 'ac', 'https://open-zaak.voorbeeld.nl/autorisaties/api/v1/', 'nrc', 'c4n4ry-ac-xxxxxxxxxxxxxxxxxxxxxxxxxx', 'zgw', 'nrc', ''),
    ('notificaties', 'Notificaties', 'nrc', 'https://nrc.voorbeeld.nl/api/v1/', 'nrc', 'c4n4ry-self', 'zgw', '', '');
  INSERT INTO authorizations_authorizationsconfig (component, authorizations_api_service_id) VALUES ('nrc', 1);
  INSERT INTO vng_api_common_jwtsecret (identifier, secret) VALUES
    ('open-zaak', 'c4n4ry-open-zaak-xxxxxxxxxxxxxxxxxxxx'), ('zac', 'c4n4ry-zac-xxxxxxxxxxxxxxxxxxxxxxxxxx'), ('leeg', '');
  INSERT INTO notifications_api_common_notificationsconfig
    (notifications_api_service_id, notification_delivery_max_retries, notification_delivery_retry_backoff, notification_delivery_retry_backoff_max)
    VALUES (2, 5, 3, 48);
  INSERT INTO datamodel_kanaal (uuid, naam, documentatie_link, filters) VALUES
    ('11111111-1111-4111-8111-111111111111', 'autorisaties', '', '{}'),
    ('22222222-2222-4222-8222-222222222222', 'zaken', 'https://open-zaak.voorbeeld.nl/ref/kanalen/', '{bronorganisatie,zaaktype}');
  INSERT INTO datamodel_abonnement (uuid, callback_url, auth, client_id) VALUES
    ('482a09ff-286b-4d0f-a1b8-9b99c1eac0f8', 'https://zac.voorbeeld.nl/in', 'Bearer c4n4ry-callback', 'zac'),
    ('5a1c1f2e-6a2d-4a35-8f2e-0d0a6f1c2b3d', 'https://beheer.voorbeeld.nl/in', 'c4n4ry-beheer', ''),
    ('0f616bfd-aacc-4d85-a140-2af17a56217b', 'https://nrc.voorbeeld.nl/api/v1/callbacks', 'Bearer c4n4ry-own', 'nrc');
  INSERT INTO datamodel_filtergroup (abonnement_id, kanaal_id) VALUES (1, 2), (1, 2), (2, 2), (3, 1);
  INSERT INTO datamodel_filter (filter_group_id, key, value) VALUES
    (1, 'zaaktype', 'https://x.nl/1'), (2, 'bronorganisatie', '002220647'), (2, 'object_type', '*');`

/** The same in a version that has types of authentication: they are said. */
export const WITH_AUTH_TYPES = `${MUNICIPALITY}
  UPDATE datamodel_abonnement SET auth_type = 'api_key', send_cloudevents = false, secret = '', oauth2_token_url = '', oauth2_scope = '';`
