import { Type } from './type.ts'
import { DEFAULT_SETTINGS } from '../../common/model.ts'
import { closed, duration, httpUrl, line, words } from './building-blocks.ts'
import { alerts } from './alerts.ts'
import { delivery } from './delivery.ts'
import { retention } from './retention.ts'
import { ruleLevels } from './rule-levels.ts'
import { pemReference } from './secret.ts'

const DAY = 86_400_000

/** How far an apply may go in deleting, unless the document says otherwise. */
export const RECONCILE_DEFAULTS = { prune: 'owned', limits: { maxDeletes: 5, maxDeletePercent: 30 } } as const

/** The settings of the product, one section per key. */
export const settingsSections = {
  delivery: Type.Optional(delivery('all')),
  retention: Type.Optional(retention),
  alerts: Type.Optional(alerts),
  cloudEvents: Type.Optional(
    closed(
      {
        source: Type.Optional(
          line(255, {
            ...words('Source', 'Attribute `source` of CloudEvents made from notificaties that name none.'),
            examples: ['urn:nld:oin:00000001823288444000:systeem:bode'],
          }),
        ),
      },
      words('CloudEvents', 'How notificaties become CloudEvents.'),
    ),
  ),
  callbacks: Type.Optional(
    closed(
      {
        probe: Type.Optional(
          Type.Enum(['strict', 'reachable', 'off'], {
            default: DEFAULT_SETTINGS.callbacks.probe,
            ...words(
              'Probe',
              'What creating or changing an abonnement through the API does first: `strict` calls back with and without authentication, `reachable` only sees whether something answers, `off` does nothing.',
            ),
          }),
        ),
      },
      words('Callbacks', 'The check of a callback URL.'),
    ),
  ),
  egress: Type.Optional(
    closed(
      {
        policy: Type.Optional(
          Type.Enum(['private', 'public', 'listed'], {
            default: DEFAULT_SETTINGS.egress.policy,
            ...words(
              'Policy',
              'Which addresses Bode may call: `private` also those of private networks, `public` only public ones, `listed` only what `allow` names, over https. Loopback and link-local addresses only through `allow`.',
            ),
          }),
        ),
        allow: Type.Optional(
          Type.Array(Type.String({ format: 'allow-entry', maxLength: 260 }), {
            uniqueItems: true,
            default: [...DEFAULT_SETTINGS.egress.allow],
            examples: [['127.0.0.0/8', 'zac.gemeente.local']],
            ...words(
              'Allow',
              'Networks, addresses and host names that may be called whatever the policy says; with `http://` before it over plain http too.',
            ),
          }),
        ),
        ca: Type.Optional(
          pemReference(
            'CA',
            'Certificates that are trusted besides those of the system, for everything that Bode calls without a `tls.ca` of its own.',
          ),
        ),
      },
      words('Egress', 'Which addresses Bode may call, and whom it trusts.'),
    ),
  ),
  tokens: Type.Optional(
    closed(
      {
        maxAge: Type.Optional(
          duration(
            { min: 1, max: 365 * DAY, default: DEFAULT_SETTINGS.tokens.maxAgeMs },
            words('Maximum age', 'How long after its `iat` a token is accepted.'),
          ),
        ),
        leeway: Type.Optional(
          duration(
            { min: 0, max: DAY, default: DEFAULT_SETTINGS.tokens.leewayMs },
            words('Leeway', 'Clock difference that is forgiven everywhere.'),
          ),
        ),
        maxFutureIat: Type.Optional(
          duration(
            { min: 0, max: DAY, default: DEFAULT_SETTINGS.tokens.maxFutureIatMs },
            words('Maximum future iat', 'How far the `iat` of a token may lie ahead.'),
          ),
        ),
      },
      words('Tokens', 'Which tokens of callers are accepted.'),
    ),
  ),
  http: Type.Optional(
    closed(
      {
        trustProxy: Type.Optional(
          Type.Array(Type.String({ format: 'cidr-or-address', maxLength: 50 }), {
            uniqueItems: true,
            default: [...DEFAULT_SETTINGS.http.trustProxy],
            examples: [['10.0.0.0/8']],
            ...words('Trusted proxies', 'Proxies whose `X-Forwarded-*` headers are believed.'),
          }),
        ),
      },
      words('HTTP', 'The listening side.'),
    ),
  ),
  publicUrl: Type.Optional(
    httpUrl({
      ...words(
        'Public URL',
        'Root of the URLs in responses; may have a path. When left out: the root of each request. Required with `metadata.environment: production`.',
      ),
      examples: ['https://notificaties.gemeente.local'],
    }),
  ),
}

/** How an apply of this document behaves; not an object in the database. */
export const reconcileSettings = closed(
  {
    prune: Type.Optional(
      Type.Enum(['owned', 'none'], {
        default: RECONCILE_DEFAULTS.prune,
        ...words(
          'Prune',
          '`owned`: what was declared under this name and no longer is, is removed. `none`: nothing is.',
        ),
      }),
    ),
    limits: Type.Optional(
      closed(
        {
          maxDeletes: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 1_000_000,
              default: RECONCILE_DEFAULTS.limits.maxDeletes,
              ...words('Maximum of deletes', 'An apply that would delete more is refused.'),
            }),
          ),
          maxDeletePercent: Type.Optional(
            Type.Number({
              minimum: 0,
              maximum: 100,
              default: RECONCILE_DEFAULTS.limits.maxDeletePercent,
              ...words('Maximum percentage of deletes', 'The same, as a part of what is there.'),
            }),
          ),
        },
        words('Limits', 'The delete budget.'),
      ),
    ),
    rules: Type.Optional(ruleLevels),
  },
  words('Settings', 'How this document is checked, and how far an apply of it may go in deleting.'),
)
