import { Type } from './type.ts'
import { DEFAULT_SETTINGS } from '../../common/model.ts'
import { closed, duration, httpUrl, words } from './building-blocks.ts'
import { secretReference } from './secret.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const DEFAULTS = DEFAULT_SETTINGS.alerts

/** Whom to tell when deliveries need a person, and when they do. */
export const alerts = closed(
  {
    url: Type.Optional(
      httpUrl({
        ...words(
          'URL',
          'Gets a POST with JSON (`bode-alert/1`) when an alert begins, while it lasts and when it is over. When left out alerts are only shown, by `bode status`.',
        ),
        examples: ['https://alarm.gemeente.local/bode'],
      }),
    ),
    authorization: Type.Optional(
      secretReference('Authorization', 'Sent verbatim as the `Authorization` header, for example `Bearer ...`.'),
    ),
    repeatAfter: Type.Optional(
      duration(
        { min: 0, max: 365 * DAY, default: DEFAULTS.repeatAfterMs },
        words(
          'Repeat after',
          'An alert that lasts is sent again after this time; of dead letters only when there are new ones. `0s` means once.',
        ),
      ),
    ),
    failingAfter: Type.Optional(
      duration(
        { min: MINUTE, max: 365 * DAY, default: DEFAULTS.failingAfterMs },
        words('Failing after', 'An abonnement whose callbacks have all failed for so long is an alert.'),
      ),
    ),
    waitingAfter: Type.Optional(
      duration(
        { min: MINUTE, max: 365 * DAY, default: DEFAULTS.waitingAfterMs },
        words('Waiting after', 'Notificaties that could be sent and have waited for so long are an alert.'),
      ),
    ),
    expiresWithin: Type.Optional(
      duration(
        { min: 0, max: 365 * DAY, default: DEFAULTS.expiresWithinMs },
        words('Expires within', 'A credential that ends within this time is an alert.'),
      ),
    ),
  },
  words('Alerts', 'Whom to tell when an abonnement or a credential needs a person.'),
)
