import { systemClock } from '../../common/clock.ts'
import { closest } from '../../common/closest.ts'
import { hasErrors, type Diagnostic } from '../../common/diagnostics.ts'
import { Failure } from '../../common/failure.ts'
import type { DesiredState, Kind } from '../../config/desired-state.ts'
import type { Adopted, Adoption } from '../../reconcile/adopt.ts'
import { auditFacts } from '../audit.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { lockTimeoutFlag } from '../flag-values.ts'
import { COMMIT_OPTIONS, DATABASE_OPTIONS, FILE_OPTIONS } from '../shared-options.ts'

export const adoptCommand: Command = {
  name: 'adopt',
  summary: 'Let the document own objects that were made through the API, or that another configuration owns',
  usage: 'KIND/KEY... [options]',
  examples: [
    'bode adopt kanaal/zaken',
    'bode adopt abonnement/482a09ff-286b-4d0f-a1b8-9b99c1eac0f8 --name zac-zaken',
    'bode adopt clientCredential/zac --from another-configuration -f config/',
  ],
  options: {
    ...FILE_OPTIONS,
    ...DATABASE_OPTIONS,
    name: {
      type: 'string',
      value: 'NAME',
      help: 'what the abonnement is called from now on (default: as the document calls its uuid)',
    },
    from: { type: 'string', value: 'OWNER', help: 'take it from this metadata.name' },
    owner: { type: 'string', value: 'NAME', help: 'which configuration adopts, when the files hold several' },
    ...COMMIT_OPTIONS,
  },
  run: (invocation) => adopt(invocation),
}

/** As people write it; `abonnement` and `abonnementen` are the same. */
const KINDS: Readonly<Record<string, Kind>> = {
  autorisaties: 'autorisaties',
  externalCredential: 'externalCredentials',
  externalCredentials: 'externalCredentials',
  clientCredential: 'clientCredentials',
  clientCredentials: 'clientCredentials',
  kanaal: 'kanalen',
  kanalen: 'kanalen',
  abonnement: 'abonnementen',
  abonnementen: 'abonnementen',
  setting: 'settings',
  settings: 'settings',
}

async function adopt(invocation: Invocation): Promise<Outcome> {
  const { flags, environment, interruption } = invocation
  const objects = objectsOf(invocation)
  const lockTimeoutMs = lockTimeoutFlag(flags)
  const [{ configurationOf }, { withPreparedDatabase }, { adoptObjects }, { renderAdoption, adoptionJson }] =
    await Promise.all([
      import('../document.ts'),
      import('../prepared-database.ts'),
      import('../../reconcile/commit-adoption.ts'),
      import('../views/adopt.ts'),
    ])
  const { states, diagnostics } = await configurationOf(invocation)
  const state = chooseState(states, diagnostics, flags.text('owner'))
  const request = {
    owner: state.owner,
    environment: state.environment ?? null,
    objects,
    from: flags.text('from'),
    names: namesByUuid(state),
  }
  const audit = auditFacts(environment, flags.text('note'))
  const done = await withPreparedDatabase(databaseUrl(invocation), { waitMs: 0, interruption }, (database) =>
    adoptObjects(database, request, { audit, clock: systemClock, lockTimeoutMs }),
  )
  if (done === undefined) {
    const text = `Nothing to do: "${state.owner}" owns that already.\n`
    return { exit: EXIT.ok, text: () => text, json: { status: 'unchanged', owner: state.owner }, diagnostics }
  }
  const missing = await undeclared(done.adoption, state)
  return {
    exit: EXIT.ok,
    text: (style) => renderAdoption({ ...done, missing }, style),
    json: adoptionJson({ ...done, missing }),
    diagnostics,
  }
}

function objectsOf({ positionals, flags }: Invocation): Adopted[] {
  const name = flags.text('name')
  if (positionals.length === 0) {
    throw new Failure('usage', 'say what to adopt: bode adopt KIND/KEY, for example kanaal/zaken')
  }
  const objects = positionals.map((text) => {
    const [, word = '', key = ''] = /^([^/]+)\/(.+)$/s.exec(text) ?? []
    const kind = Object.hasOwn(KINDS, word) ? KINDS[word] : undefined
    if (kind !== undefined) return { kind, key, name }
    const hint = closest(word || text, Object.keys(KINDS))
    const suggestion = hint === undefined ? '' : `, did you mean ${hint}/...?`
    throw new Failure('usage', `"${text}" is not KIND/KEY${suggestion}; kinds: ${Object.keys(KINDS).join(', ')}`)
  })
  if (name !== undefined && (objects.length > 1 || objects[0]?.kind !== 'abonnementen')) {
    throw new Failure('usage', '--name is for one abonnement; nothing else can be called otherwise than its key')
  }
  return objects
}

function chooseState(
  states: readonly DesiredState[],
  diagnostics: readonly Diagnostic[],
  asked: string | undefined,
): DesiredState {
  if (hasErrors(diagnostics)) throw new Failure('invalid', 'the configuration has errors', { diagnostics })
  const owners = states.map(({ owner }) => owner).join(', ')
  const [only] = asked === undefined ? states : states.filter(({ owner }) => owner === asked)
  if (only === undefined) throw new Failure('invalid', `the files hold no configuration "${asked}", but: ${owners}`)
  if (asked === undefined && states.length > 1) {
    throw new Failure('usage', `the files hold several configurations (${owners}): choose one with --owner`)
  }
  return only
}

function namesByUuid({ objects }: DesiredState): Map<string, string> {
  return new Map(
    objects.flatMap((object) =>
      object.kind === 'abonnementen' && object.uuid !== undefined ? [[object.uuid, object.key] as const] : [],
    ),
  )
}

/** What the document has to say of the adopted objects that it does not declare; undefined: it declares all. */
async function undeclared({ objects }: Adoption, state: DesiredState): Promise<string | undefined> {
  const declared = new Set(state.objects.map(({ kind, key }) => `${kind}/${key}`))
  const missing = objects.map(({ object }) => object).filter(({ kind, key }) => !declared.has(`${kind}/${key}`))
  if (missing.length === 0) return undefined
  const [{ renderConfiguration }, { asRendered }] = await Promise.all([
    import('../../config/render.ts'),
    import('../../reconcile/state-at.ts'),
  ])
  const yaml = renderConfiguration(
    missing.map((object) => asRendered({ ...object, content: object })),
    state.owner,
  )
  // The sections begin after the first empty line; before it stands what the document has already.
  return yaml.slice(yaml.indexOf('\n\n') + 2)
}
