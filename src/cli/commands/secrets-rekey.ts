import { systemClock } from '../../common/clock.ts'
import { Failure } from '../../common/failure.ts'
import type { LiveServer } from '../../db/live-servers.ts'
import type { Database } from '../../db/open.ts'
import type { RekeyReport } from '../../reconcile/commit-rekey.ts'
import { auditFacts } from '../audit.ts'
import type { Command, Invocation, Outcome } from '../command.ts'
import { databaseUrl } from '../database-url.ts'
import { EXIT } from '../exit-codes.ts'
import { demandNoArguments, lockTimeoutFlag, waitForServersFlag } from '../flag-values.ts'
import { COMMIT_OPTIONS, DATABASE_OPTIONS } from '../shared-options.ts'
import type { Style } from '../views/style.ts'

export const secretsRekeyCommand: Command = {
  name: 'secrets rekey',
  summary: 'Seal every secret in the database with another master key, in one transaction',
  usage: '[options]',
  examples: [
    'bode secrets key --write new.key                      # 1. make the new key',
    'BODE_MASTER_KEY_FILE=new.key BODE_PREVIOUS_MASTER_KEY_FILE=master.key bode serve   # 2. restart each server so',
    'BODE_MASTER_KEY_FILE=new.key BODE_PREVIOUS_MASTER_KEY_FILE=master.key bode secrets rekey   # 3.',
    'BODE_MASTER_KEY_FILE=new.key bode serve               # 4. restart each server, and pipelines: no previous key',
    '# Whoever plans with BODE_FINGERPRINT_KEY needs the new one: bode secrets key --fingerprint',
    '# Backups keep the old key: who has it and a backup has the secrets. If it leaked, change the secrets too.',
  ],
  options: {
    ...DATABASE_OPTIONS,
    ...COMMIT_OPTIONS,
    'wait-for-servers': {
      type: 'string',
      value: 'DURATION',
      help: 'wait until every running server has taken the new key (default: 30s; 0s: do not wait)',
    },
  },
  run: (invocation) => secretsRekey(invocation),
}

type Report = RekeyReport & { servers: LiveServer[] | null; unconfirmed: string | undefined }

async function secretsRekey(invocation: Invocation): Promise<Outcome> {
  demandNoArguments(invocation)
  const { flags, environment } = invocation
  const lockTimeoutMs = lockTimeoutFlag(flags)
  const waitMs = waitForServersFlag(flags)
  const [{ loadMasterKey }, { withPreparedDatabase }, { demandBothKeys, rekeyDatabase }] = await Promise.all([
    import('../../secrets/master-key.ts'),
    import('../prepared-database.ts'),
    import('../../reconcile/commit-rekey.ts'),
  ])
  const key = loadMasterKey(environment)
  demandBothKeys(key)
  const audit = auditFacts(environment, flags.text('note'))
  const report = await withPreparedDatabase(
    databaseUrl(invocation),
    { waitMs: 0, interruption: invocation.interruption },
    async (database) => {
      const done = await rekeyDatabase(database, key, { audit, clock: systemClock, lockTimeoutMs })
      return done && { ...done, ...(await confirmation(database, done.generation, waitMs)) }
    },
  )
  if (report === undefined) {
    const text = `Nothing to do: no secret is sealed with another key than ${key.id}.\n`
    return { exit: EXIT.ok, text: () => text, json: { status: 'unchanged', key: key.id } }
  }
  const { unconfirmed, ...facts } = report
  return {
    exit: unconfirmed === undefined ? EXIT.ok : EXIT.unconfirmed,
    text: (style) => render(report, style),
    json: {
      status: unconfirmed === undefined ? 'rekeyed' : 'unconfirmed',
      ...facts,
      generation: facts.generation ?? null,
    },
    diagnostics:
      unconfirmed === undefined ? [] : [{ id: 'apply/unconfirmed', severity: 'error', message: unconfirmed }],
  }
}

async function confirmation(
  database: Database,
  generation: number | undefined,
  timeoutMs: number,
): Promise<Pick<Report, 'servers' | 'unconfirmed'>> {
  if (timeoutMs === 0 || generation === undefined) return { servers: null, unconfirmed: undefined }
  const { waitForServers } = await import('../../reconcile/wait-for-servers.ts')
  try {
    const servers = await waitForServers(database, generation, { timeoutMs, clock: systemClock })
    return { servers, unconfirmed: undefined }
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'unconfirmed') throw error
    const message = `${error.message}; restart it with BODE_MASTER_KEY the new key and BODE_PREVIOUS_MASTER_KEY the old`
    return { servers: null, unconfirmed: message }
  }
}

function render({ from, to, secrets, earlier, generation, servers }: Report, style: Style): string {
  const lines = [
    `${style.green(`Sealed ${secrets} secrets with key ${to}`)}, and ${earlier} of earlier generations; before it was ${from}.`,
    ...(generation === undefined ? [] : [`That is generation ${generation}; no object changed.`]),
    ...(servers ?? []).map(({ host, pid }) => `Server ${host} (pid ${pid}) took it.`),
    'Take the previous key away from servers and pipelines now. Backups made before still need it.',
  ]
  return `${lines.join('\n')}\n`
}
