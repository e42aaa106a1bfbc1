import type { Section } from '../section.ts'
import type { Step } from './step.ts'

/** The host name of Open Notificaties. `site_config` is how 1.8 spelled it. */
export const sitesStep: Step = {
  name: 'sites',
  enable: ['sites_config_enable', 'site_config_enable'],
  namespace: ['sites_config', 'site_config'],
  read(section, facts, findings) {
    const items: Section[] = section.node.entries.has('items') ? section.sections('items', 'site') : [section]
    const [first] = items
    for (const item of items) {
      item.ignore('name', 'organization')
      const domain = item.given('domain')
      if (domain === undefined) continue
      if (typeof domain === 'string') facts.own.hosts.push(domain.toLowerCase())
      if (item === first) facts.domain = domain
    }
    findings.warn(section.position(), {
      id: 'skipped',
      message: 'sites have no meaning in Bode: it takes its address from each request, or from publicUrl',
      help: ['the document has a comment for publicUrl at its top'],
    })
  },
}
