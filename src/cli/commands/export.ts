import { systemClock } from '../../common/clock.ts'
import { closest } from '../../common/closest.ts'
import { Failure } from '../../common/failure.ts'
import { isDeclared } from '../../common/snapshot.ts'
import type { RenderObject } from '../../config/desired-state.ts'
import type { LiveObject } from '../../reconcile/kind.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments } from '../flag-values.ts'
import { DATABASE_OPTIONS } from '../shared-options.ts'

export const exportCommand: Command = {
  name: 'export',
  summary: 'Write the configuration that the database holds as YAML, secrets as references',
  usage: '[--owner NAME] [options]',
  examples: ['bode export > bode.yaml', 'bode export --owner gemeente-voorbeeld'],
  options: {
    ...DATABASE_OPTIONS,
    owner: { type: 'string', value: 'NAME', help: 'the metadata.name to export; needed when there are several' },
  },
  run: (invocation) => exportConfiguration(invocation),
}

async function exportConfiguration(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const [{ withPreparedDatabase }, { readCurrentState }, { ownersOfGenerations }, { renderConfiguration }] =
    await Promise.all([
      import('../prepared-database.ts'),
      import('../../reconcile/current-state.ts'),
      import('../../db/configuration/generations.ts'),
      import('../../config/render.ts'),
    ])
  const { objects, bases } = await withPreparedDatabase(databaseUrl(invocation), { waitMs: 0 }, async (database) =>
    readCurrentState(database, await ownersOfGenerations(database.reader), systemClock.now()),
  )
  const owner = chooseOwner(objects, invocation.flags.text('owner'))
  const mine = objects.filter((object) => object.owner === owner).map(asRendered)
  const yaml = renderConfiguration(mine, owner, bases.get(owner)?.environment)
  return { exit: EXIT.ok, text: () => yaml, json: { owner, yaml } }
}

/** An abonnement is exported with its uuid: that is its identity, also when a document never named it. */
function asRendered(object: LiveObject): RenderObject {
  return object.kind === 'abonnementen' ? { ...object, uuid: object.id } : (object as RenderObject)
}

function chooseOwner(objects: readonly LiveObject[], asked: string | undefined): string {
  const owners = [...new Set(objects.map(({ owner }) => owner).filter((owner) => isDeclared(owner)))].toSorted()
  const [only, ...others] = owners
  if (only === undefined) throw new Failure('invalid', 'there is nothing to export: no configuration was applied')
  if (asked === undefined) {
    if (others.length === 0) return only
    throw new Failure('usage', `there are several configurations (${owners.join(', ')}): choose one with --owner`)
  }
  if (owners.includes(asked)) return asked
  const suggestion = closest(asked, owners) ?? owners.join(', ')
  throw new Failure('invalid', `no configuration "${asked}" has objects here; there is: ${suggestion}`)
}
