import { Type } from './type.ts'
import { DEFAULT_SETTINGS, ORDERINGS } from '../../common/model.ts'
import { closed, duration, words } from './building-blocks.ts'

const DAY = 86_400_000
const DEFAULTS = DEFAULT_SETTINGS.delivery

/**
 * The `delivery` keys, for all abonnementen or for one. Only the first shows defaults: what one
 * abonnement leaves out comes from there.
 */
export function delivery(scope: 'all' | 'one') {
  const byDefault = <V>(value: V): { default?: V } => (scope === 'all' ? { default: value } : {})
  const retry = closed(
    {
      maxRetries: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 100,
          ...byDefault(DEFAULTS.retry.maxRetries),
          ...words('Maximum of retries', 'Retries after the first try; 0 means one try.'),
        }),
      ),
      backoff: Type.Optional(
        duration(
          { min: 1, max: DAY, ...byDefault(DEFAULTS.retry.backoffMs) },
          words('Backoff', 'Wait before the first retry.'),
        ),
      ),
      baseFactor: Type.Optional(
        Type.Number({
          minimum: 1,
          maximum: 100,
          ...byDefault(DEFAULTS.retry.baseFactor),
          ...words('Base factor', 'Each wait is this many times the one before.'),
        }),
      ),
      backoffMax: Type.Optional(
        duration(
          { min: 1, max: 30 * DAY, ...byDefault(DEFAULTS.retry.backoffMaxMs) },
          words('Maximum backoff', 'No wait is longer than this.'),
        ),
      ),
    },
    words('Retry', 'When a callback that failed is tried again.'),
  )
  return closed(
    {
      maxConcurrency: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 1000,
          ...byDefault(DEFAULTS.maxConcurrency),
          ...words('Maximum concurrency', 'How many callbacks of one abonnement may run at once, per server.'),
        }),
      ),
      timeout: Type.Optional(
        duration(
          { min: 1, max: 900_000, ...byDefault(DEFAULTS.timeoutMs) },
          words('Timeout', 'How long one callback may take.'),
        ),
      ),
      ordering: Type.Optional(
        Type.Enum([...ORDERINGS], {
          ...byDefault('none'),
          ...words(
            'Ordering',
            'Which callbacks of one abonnement wait for each other: `none`; those about the same hoofdObject, so that an object that fails holds back only itself; or all of them (`strict`). One that failed for good no longer holds up the next.',
          ),
        }),
      ),
      blockAfter: Type.Optional(
        duration(
          { min: 0, max: 365 * DAY, ...byDefault(0) },
          words(
            'Block after',
            'An abonnement whose callbacks have failed for so long is blocked: its notificaties are kept until somebody resumes it. 0 means never.',
          ),
        ),
      ),
      keepResponse: Type.Optional(
        Type.Boolean({
          ...byDefault(false),
          ...words(
            'Keep response',
            'Keep the first 2 KB of each answer with the attempt, to see why a subscriber refuses. It may hold personal data; an answer that repeats our authorization is not kept.',
          ),
        }),
      ),
      retry: Type.Optional(retry),
    },
    scope === 'all'
      ? words('Delivery', 'How notificaties are delivered, unless an abonnement says otherwise.')
      : words('Delivery', 'What differs for this abonnement from the `delivery` of the document.'),
  )
}
