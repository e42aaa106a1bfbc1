import { Type } from 'typebox'

// What the API answers, members in the order that clients see today. Response schemas only: requests are
// read by rules of our own, because clients know the codes and reasons of those.

const Filters = Type.Record(Type.String(), Type.String())

export const KanaalResponse = Type.Object({
  url: Type.String({ format: 'uri' }),
  naam: Type.String(),
  documentatieLink: Type.String(),
  filters: Type.Array(Type.String()),
})

/** Without `auth`: it is never shown. */
export const AbonnementResponse = Type.Object({
  url: Type.String({ format: 'uri' }),
  callbackUrl: Type.String({ format: 'uri' }),
  kanalen: Type.Array(Type.Object({ filters: Filters, naam: Type.String() })),
  sendCloudevents: Type.Boolean(),
  cloudeventFilters: Type.Array(Type.Object({ typeSubstring: Type.String(), filters: Filters })),
})

export const NotificatieResponse = Type.Object({
  kanaal: Type.String(),
  source: Type.Optional(Type.String()),
  hoofdObject: Type.String({ format: 'uri' }),
  resource: Type.String(),
  resourceUrl: Type.String({ format: 'uri' }),
  actie: Type.String(),
  aanmaakdatum: Type.String(),
  kenmerken: Filters,
})

/** In the CloudEvents JSON format; `data` and `time` are null when there is none. */
export const CloudEventResponse = Type.Object({
  source: Type.String(),
  dataschema: Type.Optional(Type.String()),
  data: Type.Unknown(),
  id: Type.String(),
  specversion: Type.String(),
  type: Type.String(),
  datacontenttype: Type.Optional(Type.String()),
  subject: Type.Optional(Type.String()),
  time: Type.Union([Type.String(), Type.Null()]),
})
