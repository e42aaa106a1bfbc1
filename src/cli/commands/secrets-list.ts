import { systemClock } from '../../common/clock.ts'
import type { Database } from '../../db/open.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'
import { DATABASE_OPTIONS } from '../shared-options.ts'
import type { ListedSecret } from '../views/secrets.ts'

export const secretsListCommand: Command = {
  name: 'secrets list',
  summary: 'List the secrets in the database: where each comes from, when it ends and when it was last used',
  usage: '[--owner NAME] [options]',
  examples: ['bode secrets list', 'bode secrets list --owner gemeente-voorbeeld --format json'],
  options: {
    ...DATABASE_OPTIONS,
    owner: { type: 'string', value: 'NAME', help: 'only those of this metadata.name, or of client:CLIENT_ID' },
  },
  run: (invocation) => secretsList(invocation),
}

async function secretsList(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const owner = invocation.flags.text('owner')
  const now = systemClock.now()
  const [{ withPreparedDatabase }, { listedSecretJson, renderSecrets }] = await Promise.all([
    import('../prepared-database.ts'),
    import('../views/secrets.ts'),
  ])
  const all = await withPreparedDatabase(databaseUrl(invocation), { waitMs: 0 }, readSecrets)
  const secrets = all.filter((secret) => owner === undefined || secret.owner === owner)
  return {
    exit: EXIT.ok,
    text: (style) => renderSecrets(secrets, now, style),
    json: { secrets: secrets.map(listedSecretJson) },
  }
}

/** Everything but the values; those that have ended too, as long as their ciphertext is there. */
async function readSecrets(database: Database): Promise<ListedSecret[]> {
  const [{ readCurrentState }, { sealedValues }, { addressOf }, { secretPath }, { sealedWith }] = await Promise.all([
    import('../../reconcile/current-state.ts'),
    import('../../db/configuration/stored-secrets.ts'),
    import('../../reconcile/kinds.ts'),
    import('../../reconcile/field-changes.ts'),
    import('../../secrets/sealing.ts'),
  ])
  const { objects } = await readCurrentState(database, [], 0)
  const place = (id: string, field: string, slot: string): string => `${id} ${field} ${slot}`
  const keys = new Map(
    (await sealedValues(database.reader)).map((row) => [
      place(row.objectId, row.field, row.slot),
      sealedWith(row.ciphertext),
    ]),
  )
  return objects.flatMap((object) =>
    object.secrets.map((secret) => ({
      ...secret,
      address: `${addressOf(object)}.${secretPath(secret)}`,
      owner: object.owner,
      keyId: keys.get(place(object.id, secret.field, secret.slot)) ?? '',
    })),
  )
}
