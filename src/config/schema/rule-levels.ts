import { Type } from './type.ts'
import { closed, words } from './building-blocks.ts'

/** How much a finding counts. */
export type RuleLevel = 'off' | 'warn' | 'error'

const RULES: Record<string, { standard: RuleLevel; title: string; description: string }> = {
  'abonnement/duplicate': {
    standard: 'warn',
    title: 'Duplicate abonnement',
    description: 'Two abonnementen with the same callback, kanaal and filters.',
  },
  'abonnement/unknown-filter': {
    standard: 'warn',
    title: 'Unknown filter',
    description: 'A filter that the kanaal does not offer.',
  },
  'abonnement/unknown-kanaal': {
    standard: 'warn',
    title: 'Unknown kanaal',
    description: 'An abonnement on a kanaal that is not declared.',
  },
  'autorisaties/no-credential': {
    standard: 'error',
    title: 'No credential',
    description:
      'No external credential here for the Autorisaties API. Lower it only when another configuration has it.',
  },
  'client/no-scopes': {
    standard: 'warn',
    title: 'Client without scopes',
    description: 'A client that nobody says anything of, so that it may do nothing.',
  },
  'document/deprecated': {
    standard: 'warn',
    title: 'Deprecated',
    description: 'A key that a later version will not know.',
  },
  'overlay/no-effect': {
    standard: 'warn',
    title: 'Overlay without effect',
    description: 'A patch, or a part of one, that changes nothing.',
  },
  'secret/reused': { standard: 'warn', title: 'Reused secret', description: 'One value in two places.' },
  'secret/trailing-newline': {
    standard: 'warn',
    title: 'Newline after a secret',
    description: 'A file with a newline at its end, which is left out.',
  },
  'secret/weak': {
    standard: 'warn',
    title: 'Weak secret',
    description: 'A secret of less than 32 bytes that tokens are signed with or that a client sends.',
  },
  'tls/expired': {
    standard: 'warn',
    title: 'Expired certificate',
    description: 'A certificate of `tls` or `egress.ca` that has ended.',
  },
  'tls/not-https': {
    standard: 'warn',
    title: 'TLS without https',
    description: 'Certificates for an URL that is not called over https.',
  },
  'url/http-in-production': {
    standard: 'warn',
    title: 'http in production',
    description: 'An URL without TLS, with `metadata.environment: production`.',
  },
}

/*
 * The findings whose weight is the author's choice. Every other error stays one: the schema, and what
 * would lose an object or a secret.
 */
const levels = closed(
  Object.fromEntries(
    Object.entries(RULES).map(([id, { standard, title, description }]) => [
      id,
      Type.Optional(
        Type.Enum(['off', 'warn', 'error'] satisfies RuleLevel[], { default: standard, ...words(title, description) }),
      ),
    ]),
  ),
  {
    examples: [{ 'secret/weak': 'error', 'abonnement/unknown-kanaal': 'off' }],
    ...words('Rules', 'What a finding of a rule is: nothing, a warning or an error. Other errors cannot be lowered.'),
  },
)

/** By id of the rule; what is not there has its standard level. */
export type RuleLevels = Readonly<Partial<Record<string, RuleLevel>>>

export const ruleLevels = Type.Unsafe<RuleLevels>(levels)
