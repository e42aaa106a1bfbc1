import { systemClock } from '../../common/clock.ts'
import { hasErrors } from '../../common/diagnostics.ts'
import { Failure } from '../../common/failure.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'
import { FILE_OPTIONS } from '../shared-options.ts'

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
  const { environment, io } = invocation
  const [{ configurationOf }, { resolveSecrets }, { addressOf }, { secretPath }, view] = await Promise.all([
    import('../document.ts'),
    import('../../config/resolve.ts'),
    import('../../reconcile/kinds.ts'),
    import('../../reconcile/field-changes.ts'),
    import('../views/secrets.ts'),
  ])
  const { states, diagnostics, frame } = await configurationOf(invocation)
  if (hasErrors(diagnostics)) throw new Failure('invalid', 'the configuration has errors', { diagnostics })
  const world = { environment, cwd: io.cwd, now: systemClock.now() }
  const { secrets: values, diagnostics: ofSecrets } = await resolveSecrets(states, world)
  const secrets = states.flatMap(({ owner, objects }) =>
    objects.flatMap((object) =>
      object.secrets.map((secret) => ({
        address: `${addressOf(object)}.${secretPath(secret)}`,
        owner,
        reference: secret.reference,
        expiresAt: secret.expiresAt,
        resolved: values.has(secret),
      })),
    ),
  )
  return {
    exit: secrets.every(({ resolved }) => resolved) ? EXIT.ok : EXIT.secret,
    text: (style) => view.renderCheck(secrets, style),
    json: { secrets: secrets.map(view.checkJson) },
    diagnostics: [...diagnostics, ...frame(ofSecrets)],
  }
}
