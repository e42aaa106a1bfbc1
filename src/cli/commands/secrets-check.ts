import type { Diagnostic } from '../../common/diagnostics.ts'
import type { DesiredSecret, DesiredState } from '../../config/desired-state.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'
import { FILE_OPTIONS } from '../shared-options.ts'
import type { CheckedSecret } from '../views/secrets.ts'

export const secretsCheckCommand: Command = {
  name: 'secrets check',
  summary: 'Check that every secret of the document can be resolved here, without showing any; exit 4 otherwise',
  usage: '[--file PATH]... [options]',
  examples: ['bode secrets check', 'bode secrets check -f config/ --format json'],
  options: FILE_OPTIONS,
  run: (invocation) => secretsCheck(invocation),
}

async function secretsCheck(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const [{ readDocument }, { renderCheck, checkJson }] = await Promise.all([
    import('../read-document.ts'),
    import('../views/secrets.ts'),
  ])
  const { states, diagnostics } = await readDocument(invocation)
  const checked = await Promise.all(states.map((state) => check(state, invocation)))
  const secrets = checked.flatMap((one) => one.secrets)
  return {
    exit: secrets.every(({ resolved }) => resolved) ? EXIT.ok : EXIT.secret,
    text: (style) => renderCheck(secrets, style),
    json: { secrets: secrets.map(checkJson) },
    diagnostics: [...diagnostics, ...checked.flatMap((one) => one.diagnostics)],
  }
}

async function check(
  state: DesiredState,
  { environment, io: { cwd } }: Invocation,
): Promise<{ secrets: CheckedSecret[]; diagnostics: Diagnostic[] }> {
  const [{ resolveSecrets }, { addressOf }, { secretPath }] = await Promise.all([
    import('../../config/resolve.ts'),
    import('../../reconcile/kinds.ts'),
    import('../../reconcile/field-changes.ts'),
  ])
  const { secrets, diagnostics } = await resolveSecrets(state, { environment, cwd })
  const all = state.objects.flatMap((object) =>
    object.secrets.map((secret: DesiredSecret): CheckedSecret => ({
      address: `${addressOf(object)}.${secretPath(secret)}`,
      owner: state.owner,
      reference: secret.reference,
      expiresAt: secret.expiresAt,
      resolved: secrets.has(secret),
    })),
  )
  return { secrets: all, diagnostics }
}
