import { systemClock } from '../../common/clock.ts'
import { didYouMean } from '../../common/closest.ts'
import { Failure } from '../../common/failure.ts'
import type { Database } from '../../db/open.ts'
import type { TokenFacts } from '../../db/token-facts.ts'
import type { Plan } from '../../reconcile/plan.ts'
import { auditFacts } from '../audit.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { DATABASE_OPTIONS } from '../shared-options.ts'

export const tokenCommand: Command = {
  name: 'token',
  summary: 'Make a ZGW JWT of a client credential, to try the API with; the audit says who made it',
  usage: 'CLIENT_ID [options]',
  examples: [
    'bode token demo',
    'curl -H "Authorization: Bearer $(bode token demo)" http://127.0.0.1:8080/api/v1/kanaal',
  ],
  options: {
    ...DATABASE_OPTIONS,
    'user-id': { type: 'string', value: 'ID', help: 'claim user_id (default: the client id)' },
    'i-know': {
      type: 'boolean',
      help: 'also where metadata.environment is not dev: the token is as good as the client',
    },
  },
  run: (invocation) => token(invocation),
}

/** How long the server takes it (`tokens.maxAge` by default). */
const VALID_FOR_SECONDS = 3_600

async function token(invocation: Invocation): Promise<Outcome> {
  const { positionals, flags, environment, interruption } = invocation
  const [clientId, ...more] = positionals
  if (clientId === undefined || more.length > 0) throw new Failure('usage', 'say one client id: bode token CLIENT_ID')
  const [{ loadMasterKey }, { insertAudit }, { openDatabase }, { demandMigrated }] = await Promise.all([
    import('../../secrets/master-key.ts'),
    import('../../db/audit.ts'),
    import('../../db/open.ts'),
    import('../../db/migration-status.ts'),
  ])
  const key = loadMasterKey(environment)
  const database = await openDatabase(databaseUrl(invocation))
  try {
    await demandMigrated(database)
    const facts = await demandFacts(database, clientId)
    demandSigning(facts, clientId)
    if (!flags.on('i-know')) demandDevelopment(facts)
    const [{ unseal }, { zgwToken }] = await Promise.all([
      import('../../secrets/sealing.ts'),
      import('../../egress/zgw-token.ts'),
    ])
    const place = { objectId: facts.id, kind: 'clientCredentials', field: 'secret', slot: 'current' }
    const userId = flags.text('user-id') ?? clientId
    const now = systemClock.now()
    const secret = unseal(key, facts.ciphertext, place)
    const jwt = zgwToken({
      clientId,
      secret,
      userId,
      userRepresentation: userId,
      now,
      validForSeconds: VALID_FOR_SECONDS,
    })
    const made = {
      actor: `operator:${auditFacts(environment, undefined).actor}`,
      action: 'token.make',
      subject: `clientCredential ${clientId}`,
      result: 'done',
      detail: { userId, validForSeconds: VALID_FOR_SECONDS },
    }
    // Before it is shown: a token that nobody knows of must not exist.
    await interruption.guard(database).transaction((tx) => insertAudit(tx, made, now))
    const expiresAt = new Date(now + VALID_FOR_SECONDS * 1_000).toISOString()
    return { exit: EXIT.ok, text: () => `${jwt}\n`, json: { token: jwt, expiresAt } }
  } finally {
    await database.close()
  }
}

async function demandFacts(database: Database, clientId: string): Promise<TokenFacts & { ciphertext: string }> {
  const { readTokenFacts, knownClientIds } = await import('../../db/token-facts.ts')
  const facts = await readTokenFacts(database, clientId)
  if (facts?.ciphertext !== undefined) return { ...facts, ciphertext: facts.ciphertext }
  const hint = didYouMean(clientId, await knownClientIds(database))
  throw new Failure('invalid', `there is no client credential "${clientId}" in ${database.target.shown}${hint}`)
}

function demandSigning({ type }: TokenFacts, clientId: string): void {
  if (type !== 'static') return
  throw new Failure(
    'invalid',
    `the client credential "${clientId}" is of type static: it signs no tokens and sends its secret itself, as "Authorization: Bearer SECRET"`,
  )
}

/** A token is as good as the client's secret, so making one is for development. */
function demandDevelopment({ owner, lastPlan }: TokenFacts): void {
  const plan = lastPlan === undefined ? undefined : (JSON.parse(lastPlan) as Plan)
  const environment = plan?.documents.find((document) => document.owner === owner)?.environment
  if (environment === 'dev') return
  throw new Failure(
    'refused',
    `the configuration "${owner}" is for ${environment ?? 'an unnamed environment'}, not dev; use --i-know to make a token all the same`,
  )
}
