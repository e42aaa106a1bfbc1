import type { OnRetry } from '../../../common/open-notificaties.ts'
import type { Findings } from '../findings.ts'
import type { Section } from '../section.ts'
import type { Step } from './step.ts'

/** The retry schedule, and which service Open Notificaties itself is. */
export const retryStep: Step = {
  name: 'notificaties',
  enable: ['notifications_config_enable'],
  namespace: ['notifications_config'],
  read(section, facts, findings) {
    const self = section.text('notifications_api_service_identifier')
    const notes: string[] = []
    const read = (name: string): OnRetry['maxRetries'] => readOne(section, name, notes, findings)
    facts.retry = {
      maxRetries: read('notification_delivery_max_retries'),
      backoff: read('notification_delivery_retry_backoff'),
      backoffMax: read('notification_delivery_retry_backoff_max'),
      baseFactor: read('notification_delivery_base_factor'),
      notes,
      origin: { shown: 'the retry schedule', position: section.position() },
    }
    if (typeof self === 'string' && self !== '') facts.own.apiRoots.push(self)
  },
}

/** `if value:` in Open Notificaties: 0 is as good as nothing, and what was there stays. */
function readOne(section: Section, name: string, notes: string[], findings: Findings): OnRetry['maxRetries'] {
  const value = section.number(name)
  if (value !== 0) return value
  const message = `${name}: 0 was ignored by Open Notificaties: it kept the value that its database had`
  notes.push(`${message}. In Bode 0 is a value.`)
  findings.warn(section.at(name), {
    id: 'ignored-zero',
    message,
    help: ["it is left out, so Bode's default holds; in Bode 0 is a value: write it if you mean it"],
  })
  return undefined
}
