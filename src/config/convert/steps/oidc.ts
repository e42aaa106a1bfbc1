import type { Step } from './step.ts'

/** Logging in to the admin site. There is none. */
export const oidcStep: Step = {
  name: 'admin OIDC',
  enable: ['oidc_db_config_enable', 'oidc_db_config_admin_auth_enable', 'admin_oidc_config_enable'],
  namespace: ['oidc_db_config_admin_auth'],
  read(section, _facts, findings) {
    findings.warn(section.position(), {
      id: 'skipped',
      message: 'logging in to the admin site (OIDC) has no meaning in Bode, which has no admin site',
    })
  },
}
