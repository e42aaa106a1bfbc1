import { Type } from './type.ts'
import { DEFAULT_SETTINGS } from '../../common/model.ts'
import { closed, duration, words } from './building-blocks.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const MAX = 3_650 * DAY
const DEFAULTS = DEFAULT_SETTINGS.retention

/**
 * How long what is over is kept. Only the messages may go at once: the rest answers the questions of people, and an
 * accept whose commit was in doubt looks its own message up.
 */
export const retention = closed(
  {
    notificaties: Type.Optional(
      duration(
        { min: 0, max: MAX, default: DEFAULTS.notificatiesMs },
        words(
          'Notificaties',
          'How long a notificatie is kept after its last callback succeeded or was cancelled. `0s` drops its content as soon as that is so; who got it and when stays for as long as `attempts`. One that still has to be delivered, or that could not be, is kept whatever this says.',
        ),
      ),
    ),
    attempts: Type.Optional(
      duration(
        { min: HOUR, max: MAX, default: DEFAULTS.attemptsMs },
        words(
          'Attempts',
          'How long single callbacks are kept: when, how long, which status. No content is in them, unless `delivery.keepResponse` keeps the beginning of answers.',
        ),
      ),
    ),
    dead: Type.Optional(
      duration(
        { min: HOUR, max: MAX, default: DEFAULTS.deadMs },
        words(
          'Dead letters',
          'How long a callback that failed for good is kept, its notificatie with it, so that it can be sent again.',
        ),
      ),
    ),
    audit: Type.Optional(
      duration(
        { min: DAY, max: MAX, default: DEFAULTS.auditMs },
        words('Audit', 'How long it is kept who did what through the API and the command line.'),
      ),
    ),
  },
  words('Retention', 'How long what is over is kept. Nothing is removed that still has to be delivered.'),
)
