import { quoted } from '../../quoted.ts'
import type { Step } from './step.ts'

/**
 * Open Notificaties' registration with itself, by which it hears that the authorizations of a client
 * changed. Bode hears that without an abonnement.
 */
export const ownSubscriptionsStep: Step = {
  name: 'own subscriptions',
  enable: ['notifications_subscriptions_config_enable'],
  namespace: ['notifications_subscriptions_config'],
  read(section, facts, findings) {
    for (const item of section.sections('items', 'subscription')) {
      const shown = item.name('identifier')
      const uuid = item.name('uuid')
      const channels = item.texts('channels')
      item.ignore('callback_url', 'client_id', 'secret')
      item.finish()
      if (uuid === undefined || shown === undefined) continue
      facts.own.uuids.push(uuid.toLowerCase())
      const others = channels.filter((channel) => channel !== 'autorisaties')
      if (others.length === 0) continue
      findings.warn(item.at('channels'), {
        id: 'skipped',
        message: `subscription ${quoted(shown)} is also on other kanalen than autorisaties; Open Notificaties did nothing with those`,
      })
    }
  },
}
