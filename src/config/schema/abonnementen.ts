import type { Static } from 'typebox'
import { Type } from './type.ts'
import { CLIENT_MAY } from '../../common/model.ts'
import { closed, httpUrl, line, mapOf, name, protectedMark, words } from './building-blocks.ts'
import { delivery } from './delivery.ts'
import { kanaalNaam } from './kanalen.ts'
import { previousSigningSecret, secretReference } from './secret.ts'
import { tls } from './tls.ts'

const clientId = line(255, words('Client ID', 'The client id that the subscriber knows Bode by.'))

const typeOf = <T extends string>(type: T) =>
  Type.Literal(type, { ...words('Type', 'How Bode makes itself known; decides which other fields there are.') })

const noAuth = closed(
  { type: typeOf('no_auth') },
  words('No authentication', 'The callback is called without an Authorization header.'),
)
const apiKey = closed(
  {
    type: typeOf('api_key'),
    value: secretReference('Value', 'Sent as it is in the Authorization header, so with its scheme if it has one.'),
  },
  words('API key', 'A fixed Authorization header.'),
)
const zgw = closed(
  {
    type: typeOf('zgw'),
    clientId,
    secret: secretReference('Secret', 'The secret that the token is signed with.'),
    userId: Type.Optional(line(255, words('User ID', 'Claim `user_id`. When left out: the client id.'))),
    userRepresentation: Type.Optional(
      Type.String({
        maxLength: 255,
        default: '',
        ...words('User representation', 'Claim `user_representation`.'),
      }),
    ),
  },
  words('ZGW', 'A ZGW token, made for each callback.'),
)
const oauth2 = closed(
  {
    type: typeOf('oauth2_client_credentials'),
    clientId,
    secret: secretReference('Secret', 'The client secret for the token endpoint.'),
    tokenUrl: httpUrl(words('Token URL', 'The token endpoint.')),
    scope: Type.Optional(
      Type.String({ maxLength: 1000, default: '', ...words('Scope', 'Scope that is asked for, if any.') }),
    ),
  },
  words('OAuth 2 client credentials', 'A bearer token from a token endpoint.'),
)

type Auth = Static<typeof noAuth> | Static<typeof apiKey> | Static<typeof zgw> | Static<typeof oauth2>

const auth = Type.Unsafe<Auth>({
  type: 'object',
  ...words('Auth', 'How Bode makes itself known to the subscriber; `type` decides which fields belong to it.'),
  examples: [{ type: 'api_key', value: { env: 'ZAC_CALLBACK_KEY' } }, { type: 'no_auth' }],
  discriminator: { propertyName: 'type' },
  oneOf: [noAuth, apiKey, zgw, oauth2],
})

const filterValues = (description: string) =>
  mapOf(
    Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: '^[^#]',
      patternErrorMessage: 'the name of a kenmerk; acties and resources are keys of their own, beside filters',
    }),
    Type.String({ maxLength: 1000 }),
    {
      ...words('Filters', description),
      examples: [{ zaaktype: 'https://open-zaak.gemeente.local/catalogi/api/v1/zaaktypen/1' }],
    },
  )

const kanaalFilter = closed(
  {
    naam: kanaalNaam,
    filters: Type.Optional(
      filterValues('Values that kenmerken must have, all of them. Values are text: `"002220647"`, with quotes.'),
    ),
    acties: Type.Optional(
      Type.Array(line(100), {
        uniqueItems: true,
        default: [],
        examples: [['create', 'update']],
        ...words('Acties', 'Only these acties; none named means all.'),
      }),
    ),
    resources: Type.Optional(
      Type.Array(line(100), {
        uniqueItems: true,
        default: [],
        examples: [['zaak', 'status']],
        ...words('Resources', 'Only these resources; none named means all.'),
      }),
    ),
  },
  words(
    'Kanaal and filters',
    'Within an entry everything must match; between entries, also of one kanaal, one is enough.',
  ),
)

const cloudEvents = closed(
  {
    send: Type.Optional(
      Type.Boolean({
        default: false,
        ...words(
          'Send',
          'Deliver as CloudEvents instead of the seven standard fields, and also what was posted as a CloudEvent when `filters` asks for it.',
        ),
      }),
    ),
    filters: Type.Optional(
      Type.Array(
        closed(
          {
            typeSubstring: line(255, words('Type', 'Text that the type of the event must contain, capitals included.')),
            filters: Type.Optional(
              filterValues(
                'Values that members of `data` must have, all of them; a member that is not there passes. Members are named in camelCase: `zaak_type` asks for `zaakType`.',
              ),
            ),
          },
          words('CloudEvent filter', 'One is enough; within one everything must match.'),
        ),
        {
          default: [],
          ...words(
            'Filters',
            'Which posted CloudEvents the abonnement gets, when `send` is true; none named means none.',
          ),
        },
      ),
    ),
  },
  words('CloudEvents', 'Delivery in the CloudEvents format.'),
)

const signing = closed(
  {
    secret: secretReference(
      'Secret',
      'What callbacks are signed with, as the subscriber has it: `whsec_` and base64, or any other text as it is.',
    ),
    previousSecret: Type.Optional(previousSigningSecret),
  },
  {
    ...words(
      'Signing',
      'Signs each callback as Standard Webhooks asks, in the header `webhook-signature`: the subscriber can see that it came from here, and was not altered or sent again later.',
    ),
    examples: [{ secret: { env: 'ZAC_SIGNING_SECRET' } }],
  },
)

const owner = closed(
  {
    clientId: line(255, {
      ...words('Client ID', 'The client id of that client, as it calls Bode.'),
      examples: ['zac'],
    }),
  },
  {
    ...words('Owner', 'The client that the abonnement belongs to: it sees it in the API as its own.'),
    examples: [{ clientId: 'zac' }],
  },
)

export const abonnementen = mapOf(
  name(),
  closed(
    {
      uuid: Type.Optional(
        Type.String({
          format: 'uuid',
          ...words(
            'UUID',
            'The last part of its URL. When left out: derived from configuration and name, so it never changes.',
          ),
        }),
      ),
      callbackUrl: httpUrl({
        ...words('Callback URL', 'Where notificaties are posted.'),
        examples: ['https://zac.gemeente.local/rest/notificaties'],
      }),
      auth,
      tls: tls('the subscriber'),
      signing: Type.Optional(signing),
      kanalen: Type.Array(kanaalFilter, { ...words('Kanalen', 'Which notificaties the abonnement gets.') }),
      cloudEvents: Type.Optional(cloudEvents),
      delivery: Type.Optional(delivery('one')),
      owner: Type.Optional(owner),
      clientMay: Type.Optional(
        Type.Array(Type.Enum([...CLIENT_MAY]), {
          uniqueItems: true,
          default: [],
          examples: [['auth', 'kanalen']],
          ...words(
            'Client may',
            'What the client of `owner` may change through the API: `auth` also its callback URL, `kanalen` its filters, `delete` the abonnement itself. An apply keeps such a change.',
          ),
        }),
      ),
      protected: protectedMark,
    },
    words('Abonnement', 'A subscriber, and which notificaties it gets.'),
  ),
  words('Abonnementen', 'The abonnementen, by a name of your own.'),
)
