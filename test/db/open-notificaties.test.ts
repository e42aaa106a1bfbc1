import t from 'tap'
import { withForeignDatabase } from '../../src/db/open-notificaties/connect.ts'
import { readOpenNotificaties } from '../../src/db/open-notificaties/read.ts'
import { query } from '../support/postgres.ts'
import {
  MUNICIPALITY,
  openNotificatiesDatabase,
  WITH_AUTH_TYPES,
  type OnVersion,
} from '../support/open-notificaties.ts'

const STRICT = { acceptNewer: false }
const ZAC = '482a09ff-286b-4d0f-a1b8-9b99c1eac0f8'

const READABLE: [OnVersion, string][] = [
  ['1.8', MUNICIPALITY],
  ['1.15', WITH_AUTH_TYPES],
  ['1.16', WITH_AUTH_TYPES],
]

for (const [version, sql] of READABLE) {
  void t.test(`the configuration of an Open Notificaties ${version} is read as it is`, async (t) => {
    const facts = await readOpenNotificaties(await openNotificatiesDatabase(t, version, sql), STRICT)
    t.match(facts, {
      autorisaties: { service: 'authorization-api-service', component: 'nrc' },
      credentials: [{ clientId: 'open-zaak' }, { clientId: 'zac' }, { clientId: 'leeg', secret: undefined }],
      kanalen: [{ naam: 'autorisaties' }, { naam: 'zaken', filters: ['bronorganisatie', 'zaaktype'] }],
      retry: { maxRetries: 5, backoff: 3, backoffMax: 48, baseFactor: undefined },
      own: { hosts: ['nrc.voorbeeld.nl'], apiRoots: ['https://nrc.voorbeeld.nl/api/v1/'] },
      domain: 'nrc.voorbeeld.nl',
      abonnementen: [{ uuid: ZAC, authType: 'api_key', clientId: 'zac', sendCloudEvents: false }, {}, {}],
    })
    const [zac] = facts.abonnementen
    t.strictSame(zac?.groups, [
      { naam: 'zaken', filters: { zaaktype: 'https://x.nl/1' } },
      { naam: 'zaken', filters: { bronorganisatie: '002220647', object_type: '*' } },
    ])
    t.equal(zac?.auth?.value?.reveal(), 'Bearer c4n4ry-callback')
    t.equal(facts.services[0]?.secret?.value?.reveal(), 'c4n4ry-ac-xxxxxxxxxxxxxxxxxxxxxxxxxx')
  })
}

void t.test('what only newer versions have is read too', async (t) => {
  const more = `
    UPDATE datamodel_abonnement SET auth_type = 'oauth2_client_credentials', secret = 's', oauth2_token_url = 'https://idp.nl/t',
      oauth2_scope = 'a b', send_cloudevents = true, server_certificate_id = 4 WHERE id = 2;
    INSERT INTO datamodel_cloudeventfiltergroup (abonnement_id, type_substring) VALUES (2, 'nl.overheid');
    INSERT INTO datamodel_cloudeventfilter (cloud_event_filter_group_id, key, value) VALUES (1, 'zaaktype', 'x');`
  const facts = await readOpenNotificaties(await openNotificatiesDatabase(t, '1.16', WITH_AUTH_TYPES + more), STRICT)
  t.match(facts.abonnementen[1], {
    authType: 'oauth2_client_credentials',
    tokenUrl: 'https://idp.nl/t',
    scope: 'a b',
    sendCloudEvents: true,
    certificates: true,
    eventGroups: [{ typeSubstring: 'nl.overheid', filters: { zaaktype: 'x' } }],
  })
  const caller =
    "UPDATE datamodel_abonnement SET auth_type = 'zgw', secret = 's', client_id = 'eigenaar', auth_client_id = 'beller'"
  const older = await readOpenNotificaties(
    await openNotificatiesDatabase(t, '1.15', `${WITH_AUTH_TYPES}; ${caller}`),
    STRICT,
  )
  t.equal(older.abonnementen[0]?.clientId, 'beller', 'the name to call with had a column of its own for a while')
})

void t.test('data that nobody would write by hand is read all the same', async (t) => {
  const pathological = `
    INSERT INTO zgw_consumers_service (api_root, api_type) VALUES ('x', NULL);
    INSERT INTO vng_api_common_jwtsecret (identifier, secret) VALUES ('niets', NULL);
    INSERT INTO datamodel_kanaal (uuid, naam, documentatie_link, filters) VALUES (NULL, 'kaal', NULL, NULL);
    INSERT INTO datamodel_abonnement (uuid, callback_url, auth, client_id) VALUES (NULL, NULL, NULL, NULL),
      ('482a09ff-286b-4d0f-a1b8-9b99c1eac0f8', 'geen url', '', 'zac');
    INSERT INTO datamodel_filtergroup (abonnement_id, kanaal_id) VALUES (4, NULL), (NULL, 2), (5, 2);
    INSERT INTO datamodel_filter (filter_group_id, key, value) VALUES (7, 'a', '1'), (7, 'a', '2'), (7, NULL, NULL), (NULL, 'b', 'c');
    DELETE FROM notifications_api_common_notificationsconfig;
    UPDATE authorizations_authorizationsconfig SET authorizations_api_service_id = NULL, component = 'zrc';
    INSERT INTO authorizations_applicatie (uuid, client_ids, heeft_alle_autorisaties) VALUES
      (NULL, '{open-zaak,zac}', false), (NULL, '{zac}', true), (NULL, NULL, NULL);
    INSERT INTO authorizations_autorisatie (component, scopes, applicatie_id) VALUES
      ('nrc', '{notificaties.publiceren,zaken.lezen}', 1), ('zrc', '{notificaties.consumeren}', 1), ('nrc', NULL, NULL);`
  const facts = await readOpenNotificaties(
    await openNotificatiesDatabase(t, '1.8', MUNICIPALITY + pathological),
    STRICT,
  )
  t.match(facts, {
    autorisaties: undefined,
    retry: undefined,
    services: [{}, {}, { slug: 'service-3', authType: 'no_auth' }],
    kanalen: [{}, {}, { naam: 'kaal', uuid: '', documentatieLink: '', filters: [] }],
  })
  t.strictSame(
    facts.credentials.map(({ scopes }) => scopes),
    [['notificaties.publiceren'], ['notificaties.consumeren', 'notificaties.publiceren'], undefined, undefined],
    'without an Autorisaties API what Open Notificaties itself knew of the clients counts',
  )
  t.match(facts.abonnementen[3], { uuid: '', callbackUrl: '', auth: undefined, clientId: '', groups: [] })
  t.match(facts.abonnementen[4], { groups: [{ filters: { a: '2', '': '' } }], notes: [/two values/] })
})

void t.test('a schema that is not known is refused, with what to do', async (t) => {
  const cases: [name: string, version: OnVersion, sql: string, message: RegExp][] = [
    ['too old', '1.7', '', /older than 1\.8.*upgrade/],
    [
      'half migrated',
      '1.16',
      'ALTER TABLE authorizations_authorizationsconfig DROP COLUMN authorizations_api_service_id',
      /older than 1\.8 \(or/,
    ],
    ['too new', 'next', '', /newer .*0031_something_new.*--accept-newer-schema/],
    [
      'a column is gone',
      '1.16',
      'ALTER TABLE datamodel_abonnement DROP COLUMN client_id',
      /lacks datamodel_abonnement\.client_id/,
    ],
    ['another program', 'other', '', /not a database of Open Notificaties/],
  ]
  for (const [name, version, sql, message] of cases) {
    const url = await openNotificatiesDatabase(t, version, sql)
    await t.rejects(readOpenNotificaties(url, STRICT), { kind: 'unreachable', message }, name)
  }
  const next = await openNotificatiesDatabase(t, 'next', WITH_AUTH_TYPES)
  t.equal((await readOpenNotificaties(next, { acceptNewer: true })).abonnementen.length, 3)
  const gone = await openNotificatiesDatabase(t, 'next', 'DROP TABLE datamodel_filter')
  await t.rejects(readOpenNotificaties(gone, { acceptNewer: true }), { message: /lacks datamodel_filter/ })
})

void t.test('nothing can be written there, and a password is not repeated', async (t) => {
  const url = await openNotificatiesDatabase(t, '1.16', WITH_AUTH_TYPES)
  await query(url, "CREATE SEQUENCE s; CREATE VIEW writes AS SELECT nextval('s') AS id")
  const reading = withForeignDatabase(url, (database) => database.rows('writes'))
  await t.rejects(reading, { kind: 'unreachable', message: /read-only transaction/ })
  const cases: [url: string, kind: string][] = [
    [url.replace(/\/\/[^@]*@/, '//bode:c4n4ry@'), 'unreachable'],
    ['postgresql://a:c4n4ry@127.0.0.1:1/x', 'unreachable'],
    ['mysql://a:c4n4ry@h/x', 'usage'],
    ['postgresql://a:c4n4ry@[x', 'usage'],
    ['file:./x.db', 'usage'],
  ]
  for (const [wrong, kind] of cases) {
    const error: unknown = await readOpenNotificaties(wrong, STRICT).catch((error: unknown) => error)
    t.match(error, { kind }, kind)
    t.notMatch((error as Error).message, /c4n4ry/)
  }
})
