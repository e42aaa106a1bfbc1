import { Type } from './type.ts'
import { SCOPES } from '../../common/model.ts'
import { closed, httpUrl, line, mapOf, name, protectedMark, words } from './building-blocks.ts'
import { previousSecret, secretReference } from './secret.ts'
import { tls } from './tls.ts'

const clientId = line(255, {
  ...words('Client ID', 'The client id that Bode gives itself in the tokens it makes.'),
  examples: ['open-notificaties'],
})

/** Externe API credentials: how Bode calls others. */
export const externalCredentials = mapOf(
  name(),
  closed(
    {
      apiRoot: httpUrl({
        ...words('API root', 'Calls to URLs that begin with this root use this credential; the longest one wins.'),
        examples: ['https://open-zaak.gemeente.local/autorisaties/api/v1/'],
      }),
      label: Type.Optional(line(100, words('Label', 'For people. When left out: the name of the entry.'))),
      clientId,
      secret: secretReference('Secret', 'The secret that Bode signs its tokens with, as the other side knows it.'),
      userId: Type.Optional(
        line(255, words('User ID (Gebruikers-ID)', 'Claim `user_id` of the tokens. When left out: the client id.')),
      ),
      userRepresentation: Type.Optional(
        Type.String({
          maxLength: 255,
          default: '',
          ...words('User representation (Gebruikersweergave)', 'Claim `user_representation` of the tokens.'),
        }),
      ),
      tls: tls('the API'),
      protected: protectedMark,
    },
    words('Externe API credential (Service)', 'How Bode calls one API: a ZGW token made from client id and secret.'),
  ),
  words(
    'Externe API credentials (Services)',
    'How Bode calls other APIs, by a name of your own. Open Notificaties: "Externe API credentials", today "Services".',
  ),
)

/** Client credentials: who may call Bode. */
export const clientCredentials = mapOf(
  line(
    255,
    words(
      'Client ID',
      'The client id in the tokens of the caller; with `type: static` what it is called here and in the Autorisaties API.',
    ),
  ),
  closed(
    {
      type: Type.Optional(
        Type.Enum(['zgw', 'static'], {
          default: 'zgw',
          examples: ['static'],
          ...words(
            'Type',
            '`zgw`: the client signs a ZGW JWT with its secret, for each request. `static`: it sends the secret itself, as `Authorization: Bearer SECRET`, `Token SECRET` or the bare value; for a client that makes no JWT.',
          ),
        }),
      ),
      secret: secretReference(
        'Secret',
        'The secret that the client signs its tokens with; with `type: static` the one that it sends.',
      ),
      previousSecret: Type.Optional(previousSecret),
      authorizedBy: Type.Optional(
        Type.Enum(['autorisaties', 'configuration'], {
          default: 'autorisaties',
          ...words(
            'Authorized by',
            'Who says what this client may do: the Autorisaties API, or this document with `scopes`.',
          ),
        }),
      ),
      scopes: Type.Optional(
        Type.Array(Type.Enum([...SCOPES]), {
          uniqueItems: true,
          default: [],
          examples: [['notificaties.publiceren']],
          ...words('Scopes', 'What the client may do; only with `authorizedBy: configuration`.'),
        }),
      ),
      cloudEvents: Type.Optional(
        closed(
          {
            source: Type.Optional(
              line(255, {
                ...words(
                  'Source',
                  'Attribute `source` of CloudEvents made from notificaties of this client that name none. When left out: `cloudEvents.source` of the document.',
                ),
                examples: ['urn:nld:oin:00000001823288444000:systeem:open-zaak'],
              }),
            ),
          },
          words('CloudEvents', 'How notificaties of this client become CloudEvents.'),
        ),
      ),
      protected: protectedMark,
    },
    words('Client credential (Autorisatiegegeven)', 'One client that may call Bode.'),
  ),
  {
    ...words(
      'Client credentials (Autorisatiegegevens)',
      'Who may call Bode, by client id. Open Notificaties: "Client credentials", today "Autorisatiegegevens".',
    ),
    examples: [
      { 'open-zaak': { secret: { env: 'OPEN_ZAAK_SECRET' } } },
      { drc: { type: 'static', secret: { env: 'NOTIFICATION_API_TOKEN' } } },
    ],
  },
)
