import { DEFAULT_SETTINGS, type Settings, type SettingsSection } from '../../common/model.ts'
import type { ConfigurationDocument } from '../schema.ts'
import { RECONCILE_DEFAULTS } from '../schema/settings.ts'
import type { Reconcile } from '../desired-state.ts'
import { milliseconds } from './specs.ts'

type Value<S extends SettingsSection> = NonNullable<ConfigurationDocument[S]>

/** For each section: its value in a document -> its settings, complete. */
export const SETTINGS: { [S in SettingsSection]: (value: Value<S>) => Settings[S] } = {
  delivery: ({ maxConcurrency, timeout, ordering = 'none', blockAfter, keepResponse = false, retry = {} }) => {
    const defaults = DEFAULT_SETTINGS.delivery
    const blockAfterMs = milliseconds(blockAfter, 0)
    return {
      maxConcurrency: maxConcurrency ?? defaults.maxConcurrency,
      timeoutMs: milliseconds(timeout, defaults.timeoutMs),
      ...(ordering === 'none' ? {} : { ordering }),
      ...(blockAfterMs === 0 ? {} : { blockAfterMs }),
      ...(keepResponse ? { keepResponse } : {}),
      retry: {
        maxRetries: retry.maxRetries ?? defaults.retry.maxRetries,
        backoffMs: milliseconds(retry.backoff, defaults.retry.backoffMs),
        baseFactor: retry.baseFactor ?? defaults.retry.baseFactor,
        backoffMaxMs: milliseconds(retry.backoffMax, defaults.retry.backoffMaxMs),
      },
    }
  },
  retention: ({ notificaties, attempts, dead, audit }) => ({
    notificatiesMs: milliseconds(notificaties, DEFAULT_SETTINGS.retention.notificatiesMs),
    attemptsMs: milliseconds(attempts, DEFAULT_SETTINGS.retention.attemptsMs),
    deadMs: milliseconds(dead, DEFAULT_SETTINGS.retention.deadMs),
    auditMs: milliseconds(audit, DEFAULT_SETTINGS.retention.auditMs),
  }),
  alerts: ({ url, authorization, repeatAfter, failingAfter, waitingAfter, expiresWithin }) => ({
    url: url ?? DEFAULT_SETTINGS.alerts.url,
    ...(authorization === undefined ? {} : { authorization: true }),
    repeatAfterMs: milliseconds(repeatAfter, DEFAULT_SETTINGS.alerts.repeatAfterMs),
    failingAfterMs: milliseconds(failingAfter, DEFAULT_SETTINGS.alerts.failingAfterMs),
    waitingAfterMs: milliseconds(waitingAfter, DEFAULT_SETTINGS.alerts.waitingAfterMs),
    expiresWithinMs: milliseconds(expiresWithin, DEFAULT_SETTINGS.alerts.expiresWithinMs),
  }),
  cloudEvents: ({ source }) => ({ source: source ?? DEFAULT_SETTINGS.cloudEvents.source }),
  callbacks: ({ probe }) => ({ probe: probe ?? DEFAULT_SETTINGS.callbacks.probe }),
  egress: ({ policy, allow, ca }) => ({
    policy: policy ?? DEFAULT_SETTINGS.egress.policy,
    allow: [...(allow ?? DEFAULT_SETTINGS.egress.allow)],
    ...(ca === undefined ? {} : { ca: true }),
  }),
  tokens: ({ maxAge, leeway, maxFutureIat }) => ({
    maxAgeMs: milliseconds(maxAge, DEFAULT_SETTINGS.tokens.maxAgeMs),
    leewayMs: milliseconds(leeway, DEFAULT_SETTINGS.tokens.leewayMs),
    maxFutureIatMs: milliseconds(maxFutureIat, DEFAULT_SETTINGS.tokens.maxFutureIatMs),
  }),
  http: ({ trustProxy }) => ({ trustProxy: [...(trustProxy ?? DEFAULT_SETTINGS.http.trustProxy)] }),
  // Paths are put behind it, and they begin with a slash.
  publicUrl: (value) => value.replace(/\/+$/, ''),
}

/** The sections in order of name. */
export const SETTINGS_SECTIONS = Object.keys(SETTINGS).toSorted() as SettingsSection[]

/** How far an apply may go in deleting. */
export function reconcileOf(settings: ConfigurationDocument['settings']): Reconcile {
  const { maxDeletes, maxDeletePercent } = { ...RECONCILE_DEFAULTS.limits, ...settings?.limits }
  return { prune: settings?.prune ?? RECONCILE_DEFAULTS.prune, limits: { maxDeletes, maxDeletePercent } }
}
