import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { isDeeperThan, MAX_JSON_DEPTH } from '../../common/json-depth.ts'
import { CLOUD_EVENT_MEDIA_TYPE, type CloudEvent as Event } from '../../notificaties/cloud-event.ts'
import type { Publisher } from '../../notificaties/publish.ts'
import { readCloudEvent } from '../../notificaties/read-event.ts'
import { eventMembers } from '../cloudevent-message.ts'
import { publishingOf, resource } from '../resource.ts'
import { CloudEvent, referTo } from '../openapi/schemas.ts'

/**
 * `POST /cloudevents` takes an event in and answers with it once it is stored, in the shape that Open
 * Notificaties has. A context of its own, because its bodies are of every media type.
 */
export async function cloudeventRoutes(app: FastifyInstance, { publisher }: { publisher: Publisher }): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body))
  // Open Notificaties spells the list in snake_case here, the standard everywhere in camelCase.
  app.addHook('preSerialization', async (_request, _reply, payload) =>
    hasInvalidParams(payload) ? { ...payload, invalid_params: payload.invalidParams } : payload,
  )
  resource(app, '/cloudevents', {
    POST: {
      access: ['notificaties.publiceren'],
      id: 'cloudevent_create',
      summary: 'Een CloudEvent publiceren.',
      description:
        'Het antwoord komt als het CloudEvent is opgeslagen, met een aflevering voor elk abonnement. In binary mode ' +
        'staan de attributen in headers `ce-` en is de body de `data`, van elk mediatype.',
      body: referTo(CloudEvent),
      consumes: [CLOUD_EVENT_MEDIA_TYPE],
      answer: { status: 201, schema: referTo(CloudEvent), mediaType: CLOUD_EVENT_MEDIA_TYPE },
      handler: async (request, reply) => {
        const event = readCloudEvent(eventMembers(request.headers, request.body as Buffer | undefined))
        const { id } = await publisher.publishEvent(event, publishingOf(request))
        request.notificatieId = id
        // Not by the generated serializer: that would change the order, and data is anything.
        return reply.code(201).type(CLOUD_EVENT_MEDIA_TYPE).serializer(JSON.stringify).send(toResponse(event))
      },
    },
  })
}

function hasInvalidParams(payload: unknown): payload is { invalidParams: unknown } {
  return typeof payload === 'object' && payload !== null && 'invalidParams' in payload
}

function toResponse(event: Event): Static<typeof CloudEvent> {
  const { source, dataschema, payload, id, specversion, type, datacontenttype, subject, time } = event
  return {
    source,
    ...(dataschema === undefined ? {} : { dataschema }),
    data: 'data' in payload ? shown(payload.data) : null,
    id,
    specversion,
    type,
    ...(datacontenttype === undefined ? {} : { datacontenttype }),
    ...(subject === undefined ? {} : { subject }),
    time: time ?? null,
  }
}

/** Open Notificaties answers with what a text holds when that is JSON; what it sends on is the text. */
function shown(data: unknown): unknown {
  if (typeof data !== 'string') return data
  try {
    const value: unknown = JSON.parse(data)
    return isDeeperThan(value, MAX_JSON_DEPTH) ? data : value
  } catch {
    return data
  }
}
