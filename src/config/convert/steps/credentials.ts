import { quoted } from '../../quoted.ts'
import { addOrReplace, type Step } from './step.ts'

/** Client credentials: who may call. */
export const credentialsStep: Step = {
  name: 'client credentials',
  enable: ['vng_api_common_credentials_config_enable'],
  namespace: ['vng_api_common_credentials'],
  read(section, facts, findings) {
    for (const item of section.sections('items', 'client credential')) {
      const clientId = item.name('identifier')
      if (clientId !== undefined) item.shown = `client credential ${quoted(clientId)}`
      item.required('secret')
      const secret = item.secret('secret')
      item.finish()
      if (clientId === undefined) continue
      const origin = { shown: item.shown, position: item.at('identifier') }
      const credential = { clientId, secret, origin }
      addOrReplace(facts.credentials, credential, (other) => other.clientId === clientId, findings)
    }
  },
}
