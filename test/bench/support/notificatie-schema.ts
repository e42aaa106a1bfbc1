/** A notificatie as the standard describes it: what the baselines validate. */
export const notificatieSchema = {
  type: 'object',
  required: ['kanaal', 'hoofdObject', 'resource', 'resourceUrl', 'actie', 'aanmaakdatum'],
  properties: {
    kanaal: { type: 'string', maxLength: 50 },
    source: { type: 'string', maxLength: 250 },
    hoofdObject: { type: 'string', format: 'uri', maxLength: 1_000 },
    resource: { type: 'string', maxLength: 100 },
    resourceUrl: { type: 'string', format: 'uri', maxLength: 1_000 },
    actie: { type: 'string', maxLength: 100 },
    aanmaakdatum: { type: 'string', format: 'date-time' },
    kenmerken: { type: 'object', additionalProperties: { type: 'string', maxLength: 1_000 } },
  },
} as const
