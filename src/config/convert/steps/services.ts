import { quoted } from '../../quoted.ts'
import { plainText } from '../variable.ts'
import { addOrReplace, type Step } from './step.ts'

/** Services: how Open Notificaties calls other APIs. */
export const servicesStep: Step = {
  name: 'services',
  enable: ['zgw_consumers_config_enable'],
  namespace: ['zgw_consumers'],
  read(section, facts, findings) {
    for (const item of section.sections('services', 'service')) {
      const slug = item.name('identifier')
      if (slug !== undefined) item.shown = `service ${quoted(slug)}`
      const label = item.required('label')
      const apiType = item.required('api_type')
      const apiRoot = item.required('api_root')
      const authType = plainText(item.text('auth_type', 'zgw')) ?? 'zgw'
      const service = {
        authType,
        clientId: item.text('client_id'),
        // The value of a header is all there is to an API key.
        secret: item.secret('secret') ?? item.secret('header_value'),
        userId: item.text('user_id'),
        userRepresentation: item.text('user_representation'),
      }
      item.ignore('api_connection_check_path', 'header_key', 'header_value', 'nlx', 'timeout', 'jwt_valid_for')
      item.ignore('oauth2_token_url', 'oauth2_scope', 'client_certificate', 'server_certificate', 'secret')
      item.finish()
      if (slug === undefined || label === undefined || apiType === undefined || apiRoot === undefined) continue
      const origin = { shown: item.shown, position: item.at('identifier') }
      addOrReplace(
        facts.services,
        { slug, label, apiType, apiRoot, ...service, origin },
        (other) => other.slug === slug,
        findings,
      )
    }
  },
}
