import { Failure } from '../../common/failure.ts'
import { readGeneration, readPlan } from '../../db/configuration/history.ts'
import type { Database } from '../../db/open.ts'
import type { Plan } from '../../reconcile/plan.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { generationArgument } from '../generation-argument.ts'
import { DATABASE_OPTIONS } from '../shared-options.ts'

export const showCommand: Command = {
  name: 'show',
  summary: 'Show one generation: who made it, and the plan that it carried out',
  usage: 'GENERATION [--yaml] [options]',
  examples: ['bode show 12', 'bode show 12 --yaml > as-it-was.yaml'],
  options: {
    ...DATABASE_OPTIONS,
    yaml: { type: 'boolean', help: 'write the whole document as it was then, secrets as references' },
    owner: { type: 'string', value: 'NAME', help: "with --yaml: another configuration's document at that moment" },
  },
  run: (invocation) => show(invocation),
}

async function show(invocation: Invocation): Promise<Outcome> {
  const number = generationArgument(invocation)
  const { withPreparedDatabase } = await import('../prepared-database.ts')
  return withPreparedDatabase(databaseUrl(invocation), { waitMs: 0 }, (database) =>
    invocation.flags.on('yaml') ? yamlOf(database, number, invocation.flags.text('owner')) : planOf(database, number),
  )
}

async function planOf(database: Database, number: number): Promise<Outcome> {
  const [{ generationJson, generationLines }, { renderPlan }] = await Promise.all([
    import('../views/history.ts'),
    import('../views/plan.ts'),
  ])
  const facts = await readGeneration(database.reader, database.provider, number)
  const text = await readPlan(database.reader, number)
  if (facts === undefined || text === undefined) {
    throw new Failure('invalid', `there is no generation ${number}; bode history lists them`)
  }
  const plan = JSON.parse(text) as Plan
  return {
    exit: EXIT.ok,
    text: (style) => `${generationLines(facts, style).join('\n')}\n\n${renderPlan(plan, style)}`,
    json: { ...generationJson(facts), plan },
  }
}

async function yamlOf(database: Database, number: number, asked: string | undefined): Promise<Outcome> {
  const [{ asRendered, readStateAt }, { renderConfiguration }] = await Promise.all([
    import('../../reconcile/state-at.ts'),
    import('../../config/render.ts'),
  ])
  const { owner, generation, objects } = await readStateAt(database, number, asked)
  const environment = owner === generation.owner ? generation.environment : null
  const yaml = renderConfiguration(objects.map(asRendered), owner, environment)
  return { exit: EXIT.ok, text: () => yaml, json: { generation: number, owner, yaml } }
}
