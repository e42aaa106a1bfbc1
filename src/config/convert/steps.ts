import { abonnementenStep } from './steps/abonnementen.ts'
import { autorisatiesStep } from './steps/autorisaties.ts'
import { credentialsStep } from './steps/credentials.ts'
import { kanalenStep } from './steps/kanalen.ts'
import { oidcStep } from './steps/oidc.ts'
import { ownSubscriptionsStep } from './steps/own-subscriptions.ts'
import { retryStep } from './steps/retry.ts'
import { servicesStep } from './steps/services.ts'
import { sitesStep } from './steps/sites.ts'
import type { Step } from './steps/step.ts'

/** The nine steps in the order in which Open Notificaties runs them, whatever the order in the file. */
export const STEPS: readonly Step[] = [
  oidcStep,
  servicesStep,
  autorisatiesStep,
  credentialsStep,
  kanalenStep,
  retryStep,
  ownSubscriptionsStep,
  abonnementenStep,
  sitesStep,
]
