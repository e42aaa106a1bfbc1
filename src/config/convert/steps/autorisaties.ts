import { plainText } from '../variable.ts'
import type { Step } from './step.ts'

/** Which service is the Autorisaties API. The step also sets the component, to `nrc`. */
export const autorisatiesStep: Step = {
  name: 'Autorisaties API',
  enable: ['autorisaties_api_config_enable'],
  namespace: ['autorisaties_api'],
  read(section, facts) {
    const key = 'authorizations_api_service_identifier'
    const service = section.required(key)
    if (service === undefined) return
    const origin = { shown: 'the Autorisaties API', position: section.at(key) }
    facts.autorisaties = { service: plainText(service), component: 'nrc', origin }
  },
}
