import { Type, type Static, type TProperties, type TSchema, type TUnsafe } from 'typebox'

// What goes over the wire, members in the order that clients see today. Answers are written by these schemas.
// Bodies of requests are described by them and read by rules of our own (common/field-rules.ts), because clients
// know the codes and reasons of those.

const url = Type.String({
  format: 'uri',
  readOnly: true,
  description: 'Waar dit object staat; eindigt op zijn uuid en verandert nooit.',
})

/** Not Type.Record: its patternProperties do not exist in OpenAPI 3.0. */
const kenmerken = (description: string) =>
  Type.Unsafe<Record<string, string>>({
    type: 'object',
    additionalProperties: { type: 'string', maxLength: 1_000 },
    description: `${description} Namen mogen in camelCase of snake_case; dat maakt geen verschil.`,
    example: { bronorganisatie: '123456789' },
  })

const kanaalFields = {
  naam: Type.String({ maxLength: 50, minLength: 1, description: 'Unieke naam, kan niet wijzigen.', example: 'zaken' }),
  documentatieLink: Type.String({
    maxLength: 200,
    description: 'Waar het kanaal beschreven is; wordt niet opgevraagd.',
  }),
  filters: Type.Array(Type.String({ maxLength: 100, minLength: 1 }), {
    description: 'Namen van kenmerken waarop abonnementen kunnen filteren.',
    example: ['bronorganisatie', 'zaaktype'],
  }),
}

const FILTERS = kenmerken('Wat de kenmerken, of bij een CloudEvent de `data`, moeten hebben; `*` is elke waarde.')

// An answer has all members: its serializer writes the required ones first, and clients know the order.
const abonnementFields = <F extends TSchema>(filtersOf: (schema: typeof FILTERS) => F) => ({
  callbackUrl: Type.String({
    format: 'uri',
    minLength: 1,
    description: 'Waar notificaties naartoe gestuurd worden, met query string en al.',
    example: 'https://zac.gemeente.nl/rest/notificaties',
  }),
  kanalen: Type.Array(
    Type.Object(
      {
        filters: filtersOf(FILTERS),
        naam: Type.String({ minLength: 1, description: 'Naam van een bestaand kanaal.', example: 'zaken' }),
      },
      { title: 'Kanaal met filters' },
    ),
    {
      description:
        'Een notificatie komt aan als minstens één regel past; binnen een regel moet elk filter passen. Naast ' +
        'kenmerken kan gefilterd worden op `#actie` en `#resource`.',
    },
  ),
  sendCloudevents: Type.Boolean({ default: false, description: 'Stuur CloudEvents in plaats van notificaties.' }),
  cloudeventFilters: Type.Array(
    Type.Object({
      typeSubstring: Type.String({
        maxLength: 255,
        minLength: 1,
        description: 'Stuk van het `type` van een CloudEvent.',
      }),
      filters: filtersOf(FILTERS),
    }),
    { description: 'Welke gepubliceerde CloudEvents dit abonnement ontvangt.' },
  ),
})

const auth = Type.String({
  writeOnly: true,
  description: 'Wat letterlijk als header `Authorization` meegestuurd wordt. Wordt nooit getoond.',
})

export const Kanaal = Type.Object({ url, ...kanaalFields }, { $id: 'Kanaal' })
export const KanaalVerzoek = Type.Object(withOptional(kanaalFields, ['documentatieLink', 'filters']), {
  $id: 'KanaalVerzoek',
})
export const KanaalWijziging = Type.Partial(Type.Object(kanaalFields), { $id: 'KanaalWijziging' })

/** Without `auth`: it is never shown. */
export const Abonnement = Type.Object({ url, ...abonnementFields((schema) => schema) }, { $id: 'Abonnement' })
export const AbonnementVerzoek = Type.Object(
  withOptional({ ...abonnementFields(Type.Optional), auth }, ['kanalen', 'sendCloudevents', 'cloudeventFilters']),
  { $id: 'AbonnementVerzoek' },
)
export const AbonnementWijziging = Type.Partial(Type.Object({ ...abonnementFields(Type.Optional), auth }), {
  $id: 'AbonnementWijziging',
})

export const Notificatie = Type.Object(
  {
    kanaal: Type.String({
      maxLength: 50,
      minLength: 1,
      description: 'Naam van een bestaand kanaal.',
      example: 'zaken',
    }),
    source: Type.Optional(
      Type.String({ maxLength: 100, minLength: 1, description: 'Waar de notificatie vandaan komt, voor CloudEvents.' }),
    ),
    hoofdObject: Type.String({
      format: 'uri',
      maxLength: 2_048,
      minLength: 1,
      example: 'https://open-zaak.gemeente.nl/zaken/api/v1/zaken/1',
    }),
    resource: Type.String({ maxLength: 100, minLength: 1, example: 'status' }),
    resourceUrl: Type.String({
      format: 'uri',
      maxLength: 2_048,
      minLength: 1,
      example: 'https://open-zaak.gemeente.nl/zaken/api/v1/statussen/2',
    }),
    actie: Type.String({ maxLength: 100, minLength: 1, example: 'create' }),
    aanmaakdatum: Type.String({
      format: 'date-time',
      description: 'ISO 8601; zonder tijdzone is het UTC. Mag niet in de toekomst liggen.',
    }),
    kenmerken: Type.Optional(kenmerken('Waarop abonnementen filteren. Weggelaten: geen.')),
  },
  { $id: 'Notificatie' },
)

/** In the CloudEvents JSON format; in an answer `data` and `time` are null when there is none. */
export const CloudEvent = Type.Object(
  {
    id: Type.String({ maxLength: 255, minLength: 1, description: 'Samen met `source` uniek.' }),
    source: Type.String({ minLength: 1, example: 'urn:nld:oin:00000001823288444000:systeem:zaken' }),
    specversion: Type.String({ maxLength: 50, pattern: '^\\d+\\.\\d+', example: '1.0' }),
    type: Type.String({ maxLength: 255, minLength: 1, example: 'nl.overheid.zaken.zaak.created' }),
    datacontenttype: Type.Optional(Type.String({ maxLength: 255, example: 'application/json' })),
    dataschema: Type.Optional(Type.String()),
    subject: Type.Optional(Type.String({ maxLength: 255 })),
    time: Type.Optional(Type.Unsafe<string | null>({ type: 'string', format: 'date-time', nullable: true })),
    data: Type.Optional(Type.Unsafe<unknown>({ nullable: true, description: 'Wat er gebeurd is, in elke vorm.' })),
  },
  { $id: 'CloudEvent', description: 'Andere attributen van CloudEvents (extensions) worden doorgestuurd.' },
)

const foutFields = {
  type: Type.String({ description: 'Pagina over deze soort fout.' }),
  code: Type.String({ minLength: 1, description: 'Code voor programma’s.' }),
  title: Type.String({ minLength: 1, description: 'Soort fout.' }),
  status: Type.Integer({ description: 'De HTTP-status.' }),
  detail: Type.String({ minLength: 1, description: 'Wat er mis is en wat eraan te doen is.' }),
  instance: Type.String({ minLength: 1, description: 'Kenmerk van dit antwoord; staat ook in het log.' }),
}

export const Fout = Type.Object(foutFields, { $id: 'Fout', description: 'Elke fout, als problem document (RFC 9457).' })
export const ValidatieFout = Type.Object(
  {
    ...foutFields,
    invalidParams: Type.Array(
      Type.Object({
        name: Type.String({ minLength: 1, description: 'Het veld, met punten voor de diepte.' }),
        code: Type.String({ minLength: 1 }),
        reason: Type.String({ minLength: 1 }),
      }),
      { description: 'Elk veld dat fout is.' },
    ),
  },
  { $id: 'ValidatieFout', description: 'Een fout in de velden van een verzoek.' },
)

export const COMPONENTS: readonly TSchema[] = [
  Kanaal,
  KanaalVerzoek,
  KanaalWijziging,
  Abonnement,
  AbonnementVerzoek,
  AbonnementWijziging,
  Notificatie,
  CloudEvent,
  Fout,
  ValidatieFout,
]

/** How a route refers to a component. */
export function referTo<T extends TSchema & { $id?: string }>({ $id }: T): TUnsafe<Static<T>> {
  return Type.Unsafe({ $ref: `${$id}#` })
}

/** The same members, those of `names` not required. */
function withOptional(fields: TProperties, names: readonly string[]): TProperties {
  return Object.fromEntries(
    Object.entries(fields).map(([name, schema]) => [name, names.includes(name) ? Type.Optional(schema) : schema]),
  )
}
