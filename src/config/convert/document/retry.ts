import { DEFAULT_SETTINGS } from '../../../common/model.ts'
import type { OnRetry } from '../../../common/open-notificaties.ts'
import { VariableText, type Value } from '../converted.ts'
import type { Making } from './context.ts'

const STANDARD = DEFAULT_SETTINGS.delivery.retry

/** The retry schedule, where it is not Bode's default, which is also the one Open Notificaties documents. */
export function makeRetry(making: Making): void {
  const { facts, findings, converted } = making
  if (facts.retry === undefined) {
    const message =
      'the retry schedule is not told, so it is what the database of Open Notificaties has: 5 retries after 3, 12 and 48 s in a new one'
    findings.warn(undefined, {
      id: 'retry-unknown',
      message,
      help: ["Bode's default holds: 7 retries over about 24 hours"],
    })
    converted.header.push(`${message}. Bode's default is 7 retries over about 24 hours; see delivery.retry.`)
    return
  }
  const { maxRetries, backoff, backoffMax, baseFactor, notes, origin } = facts.retry
  const retry = {
    ...unlessStandard('maxRetries', numberValue(maxRetries), STANDARD.maxRetries),
    ...unlessStandard('backoff', seconds(backoff), `${STANDARD.backoffMs / 1000}s`),
    ...unlessStandard('baseFactor', numberValue(baseFactor), STANDARD.baseFactor),
    ...unlessStandard('backoffMax', seconds(backoffMax), `${STANDARD.backoffMaxMs / 1000}s`),
  }
  if (Object.keys(retry).length > 0) {
    converted.objects.push({ kind: 'settings', key: 'delivery', value: { retry }, comments: notes, origin })
  } else converted.header.push(...notes)
}

function unlessStandard(key: string, value: Value | undefined, standard: Value): { [key: string]: Value } {
  return value === undefined || value === standard ? {} : { [key]: value }
}

function numberValue(value: OnRetry['maxRetries']): Value | undefined {
  return typeof value === 'object' ? new VariableText(value.variable) : value
}

function seconds(value: OnRetry['backoff']): Value | undefined {
  if (value === undefined) return undefined
  return typeof value === 'number' ? `${value}s` : new VariableText(`${value.variable}s`)
}
