import type { Static } from 'typebox'
import { Type } from './type.ts'
import { closed, duration, httpUrl, mapOf, name, protectedMark, words } from './building-blocks.ts'

/** Defaults of the autorisaties section, in milliseconds. */
export const AUTORISATIES_DEFAULTS = { cacheForMs: 300_000, staleForMs: 3_600_000 } as const

const DAY = 86_400_000

const autorisatie = closed(
  {
    apiRoot: httpUrl({
      ...words(
        'API root',
        'Root of the Autorisaties API that is asked what a client may do; not of the Notificaties API. Form field "API root" of the Autorisatiecomponentconfiguratie; today the service that is selected there.',
      ),
      examples: ['https://open-zaak.gemeente.local/autorisaties/api/v1/'],
    }),
    component: Type.Optional(
      Type.Enum(['nrc', 'Notificatierouteringcomponent', 'Notificaties API'], {
        ...words('Component', 'Which component Bode is for the Autorisaties API. All three spellings mean `nrc`.'),
        default: 'nrc',
      }),
    ),
    credential: Type.Optional(
      name(
        words(
          'Credential',
          'Name of the external credential to call the Autorisaties API with. When left out: the one whose API root is the longest beginning of `apiRoot`.',
        ),
      ),
    ),
    cacheFor: Type.Optional(
      duration(
        { min: 0, max: DAY, default: AUTORISATIES_DEFAULTS.cacheForMs },
        words(
          'Cache for',
          'How long an answer is used without asking again. A notification of a change ends it at once.',
        ),
      ),
    ),
    staleFor: Type.Optional(
      duration(
        { min: 0, max: 30 * DAY, default: AUTORISATIES_DEFAULTS.staleForMs },
        words('Stale for', 'How much longer an answer is used while the Autorisaties API cannot be reached.'),
      ),
    ),
    protected: protectedMark,
  },
  words('Autorisaties API', 'Where Bode asks what a client may do.'),
)
export type AutorisatieValue = Static<typeof autorisatie>

/**
 * The plain object, or a map with one named entry. Told apart by an `if` that has no errors of its
 * own: in the named form every value is an object, in the plain form none is.
 */
export const autorisaties = Type.Unsafe<AutorisatieValue | Record<string, AutorisatieValue>>({
  ...words(
    'Autorisatiecomponentconfiguratie',
    'The Autorisaties API that decides what each client may do: `apiRoot` and `component`. May also be a map with one named entry.',
  ),
  examples: [
    { apiRoot: 'https://open-zaak.gemeente.local/autorisaties/api/v1/', component: 'Notificatierouteringcomponent' },
  ],
  if: { type: 'object', additionalProperties: { type: 'object' } },
  // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
  then: mapOf(name(), autorisatie, { maxProperties: 1 }),
  else: autorisatie,
})
