import { Failure } from '../../common/failure.ts'
import type { Invocation } from '../command.ts'

/** The one abonnement that the command line names. Throws Failure `usage`. */
export function abonnementArgument({ positionals }: Pick<Invocation, 'positionals'>): string {
  const [abonnement, ...more] = positionals
  if (abonnement !== undefined && more.length === 0) return abonnement
  throw new Failure('usage', 'say one abonnement, by name or uuid: see bode deliveries status')
}
