import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Diagnostic } from '../common/diagnostics.ts'
import { Failure, messageOf } from '../common/failure.ts'
import type { Database } from '../db/open.ts'
import type { Planned, Wanted } from '../reconcile/planner.ts'
import { loadMasterKey } from '../secrets/master-key.ts'
import type { Flags, Invocation } from './command.ts'
import { demandReviewed, unreviewedSecrets } from './review.ts'
import { readSavedPlan, type SavedPlan } from './saved-plan.ts'
import { lookUp } from './wanted.ts'

export type ReviewedWanted = {
  wanted: Wanted
  warnings: Diagnostic[]
  /** Throws the Failure that says why the plan is not the one that was saved. */
  review: ((database: Database, planned: Planned) => Promise<void>) | undefined
}

/** Flags that were decided when the plan was saved. */
const DECIDED = ['env', 'allow-deletes', 'on-drift', 'prune', 'server', 'secrets'] as const
const DECIDED_SWITCHES = ['allow-empty', 'switch-environment'] as const

/**
 * Reads a saved plan and looks up its secrets. Throws Failure `usage` for flags that belong to the plan,
 * `invalid` or `conflict` for a file that is not as it was saved, `secret` for what cannot be looked up.
 */
export async function readSaved(invocation: Invocation, file: string, now: number): Promise<ReviewedWanted> {
  demandAlone(invocation)
  const masterKey = loadMasterKey(invocation.environment)
  const saved = readSavedPlan(await bytesOf(resolve(invocation.io.cwd, file), file), masterKey)
  const { secrets, warnings } = await lookUp(saved.states, invocation)
  const wanted: Wanted = { ...saved.choices, states: saved.states, secrets, masterKey, now }
  return { wanted, warnings, review: (database, planned) => review(database, planned, saved, wanted, invocation.flags) }
}

async function review(
  database: Database,
  planned: Planned,
  saved: SavedPlan,
  wanted: Wanted,
  flags: Flags,
): Promise<void> {
  if (!saved.deferred) return demandReviewed(saved, planned)
  const fields = await unreviewedSecrets(database, saved, wanted, planned)
  const nobodySees = flags.on('auto-approve') || flags.on('no-input')
  if (fields.length === 0 || !nobodySees || flags.on('dry-run') || flags.on('accept-secret-changes')) return
  throw new Failure(
    'refused',
    `the plan was saved without looking up secrets, and these change: ${fields.join(', ')}; ` +
      'nothing was changed: --accept-secret-changes if that is meant',
  )
}

function demandAlone({ positionals, flags }: Invocation): void {
  const [, second] = positionals
  if (second !== undefined) throw new Failure('usage', `unexpected "${second}"; one saved plan can be applied`)
  if (flags.texts('file').length > 0) throw new Failure('usage', 'give a saved plan or --file, not both')
  const decided = [
    ...DECIDED.filter((name) => flags.text(name) !== undefined),
    ...DECIDED_SWITCHES.filter((name) => flags.on(name)),
  ]
  if (decided.length === 0) return
  const names = decided.map((name) => `--${name}`).join(', ')
  throw new Failure('usage', `a saved plan has decided that already: ${names} belongs to bode plan --out`)
}

async function bytesOf(path: string, shown: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it does not exist' : messageOf(error)
    throw new Failure('invalid', `cannot read the plan ${shown}: ${reason}`, { cause: error })
  }
}
