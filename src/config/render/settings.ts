import { DEFAULT_SETTINGS, type Settings, type SettingsSection } from '../../common/model.ts'
import type { RenderObject } from '../desired-state.ts'
import { formatDuration } from '../../common/duration.ts'
import { deliveryValue, unless, unlessEmpty } from './values.ts'

type Setting = Extract<RenderObject, { kind: 'settings' }>

/** A section as its author would write it: what has its default is left out, the section is not. */
export function settingValue({ key, spec }: Setting): unknown {
  return (VALUES[key] as (spec: Setting['spec']) => unknown)(spec)
}

const VALUES: { [S in SettingsSection]: (spec: Settings[S]) => unknown } = {
  delivery: (spec) => deliveryValue(changed(spec, DEFAULT_SETTINGS.delivery)),
  retention: ({ notificatiesMs, attemptsMs, deadMs, auditMs }) => ({
    ...unless(notificatiesMs, DEFAULT_SETTINGS.retention.notificatiesMs, {
      notificaties: formatDuration(notificatiesMs),
    }),
    ...unless(attemptsMs, DEFAULT_SETTINGS.retention.attemptsMs, { attempts: formatDuration(attemptsMs) }),
    ...unless(deadMs, DEFAULT_SETTINGS.retention.deadMs, { dead: formatDuration(deadMs) }),
    ...unless(auditMs, DEFAULT_SETTINGS.retention.auditMs, { audit: formatDuration(auditMs) }),
  }),
  alerts: ({ url, repeatAfterMs, failingAfterMs, waitingAfterMs, expiresWithinMs }) => ({
    ...unless(url, DEFAULT_SETTINGS.alerts.url, { url }),
    ...unless(repeatAfterMs, DEFAULT_SETTINGS.alerts.repeatAfterMs, { repeatAfter: formatDuration(repeatAfterMs) }),
    ...unless(failingAfterMs, DEFAULT_SETTINGS.alerts.failingAfterMs, { failingAfter: formatDuration(failingAfterMs) }),
    ...unless(waitingAfterMs, DEFAULT_SETTINGS.alerts.waitingAfterMs, { waitingAfter: formatDuration(waitingAfterMs) }),
    ...unless(expiresWithinMs, DEFAULT_SETTINGS.alerts.expiresWithinMs, {
      expiresWithin: formatDuration(expiresWithinMs),
    }),
  }),
  cloudEvents: ({ source }) => unless(source, DEFAULT_SETTINGS.cloudEvents.source, { source }),
  callbacks: ({ probe }) => unless(probe, DEFAULT_SETTINGS.callbacks.probe, { probe }),
  egress: ({ policy, allow }) => ({
    ...unless(policy, DEFAULT_SETTINGS.egress.policy, { policy }),
    ...unlessEmpty({ allow }),
  }),
  tokens: ({ maxAgeMs, leewayMs, maxFutureIatMs }) => ({
    ...unless(maxAgeMs, DEFAULT_SETTINGS.tokens.maxAgeMs, { maxAge: formatDuration(maxAgeMs) }),
    ...unless(leewayMs, DEFAULT_SETTINGS.tokens.leewayMs, { leeway: formatDuration(leewayMs) }),
    ...unless(maxFutureIatMs, DEFAULT_SETTINGS.tokens.maxFutureIatMs, { maxFutureIat: formatDuration(maxFutureIatMs) }),
  }),
  http: ({ trustProxy }) => unlessEmpty({ trustProxy }),
  publicUrl: (spec) => spec,
}

function changed(spec: Settings['delivery'], standard: Settings['delivery']): Partial<Settings['delivery']> {
  const { retry, ...rest } = spec
  const entries = Object.entries(rest).filter(([key, value]) => value !== standard[key as keyof typeof rest])
  const retries = Object.entries(retry).filter(([key, value]) => value !== standard.retry[key as keyof typeof retry])
  return { ...Object.fromEntries(entries), retry: Object.fromEntries(retries) as Settings['delivery']['retry'] }
}
