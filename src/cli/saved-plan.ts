import { canonicalJson } from '../common/canonical-json.ts'
import { Failure } from '../common/failure.ts'
import { stateFromJson, stateToJson, type StateJson } from '../config/state-json.ts'
import type { DesiredState } from '../config/desired-state.ts'
import type { Plan } from '../reconcile/plan.ts'
import type { Choices, Planned, Wanted } from '../reconcile/planner.ts'
import type { FingerprintKey } from '../secrets/master-key.ts'
import { isMessageCode, messageCode } from '../secrets/message-code.ts'

const FORMAT = 'bode.savedplan/1'

/**
 * A plan with everything that carrying it out needs, except the values of secrets. It holds no secret and
 * no ciphertext, so it may be attached to a merge request; nobody without the key can change it.
 */
export type SavedPlan = {
  plan: Plan
  states: DesiredState[]
  choices: Choices
  /** The fingerprint of every secret, by place; none when they were not looked up. */
  fingerprints: Readonly<Record<string, string>>
  /** True: the secrets were not looked up. */
  deferred: boolean
}

/** What is saved of a plan that was made of `wanted`. */
export function savedPlanOf(
  { plan, diff }: Pick<Planned, 'plan' | 'diff'>,
  wanted: Pick<Wanted, 'states' | 'deferred'> & Choices,
): SavedPlan {
  const { states, deferred = false, allowance, onDrift = 'keep', prune, switchEnvironment = false } = wanted
  return {
    plan,
    states: [...states],
    choices: { allowance, onDrift, prune, switchEnvironment },
    fingerprints: deferred ? {} : fingerprintsOf(diff),
    deferred,
  }
}

/** The fingerprint of every secret that is declared, by object, field and slot. */
export function fingerprintsOf({ written, unchanged, away }: Planned['diff']): Record<string, string> {
  const declared = [...written, ...unchanged, ...away]
  return Object.fromEntries(
    declared.flatMap(({ id, secrets }) =>
      secrets.map(({ field, slot, fingerprint }) => [`${id}/${field}/${slot}`, fingerprint] as const),
    ),
  )
}

/** The file of a saved plan. Throws Failure `invalid` for a literal secret. */
export function savedPlanText(saved: SavedPlan, key: FingerprintKey): string {
  const body = canonicalJson({ format: FORMAT, ...saved, states: saved.states.map((state) => stateToJson(state)) })
  return `${canonicalJson({ ...(JSON.parse(body) as object), mac: messageCode(key, FORMAT, body) })}\n`
}

/**
 * Reads what `savedPlanText` wrote, byte for byte: whatever else is in `bytes`, be it white space, is
 * refused. Throws Failure `invalid` for something that is no saved plan, `conflict` for one that was
 * altered or made under another key.
 */
export function readSavedPlan(bytes: Uint8Array, key: FingerprintKey): SavedPlan {
  const { mac, ...rest } = parse(bytes)
  const body = canonicalJson(rest)
  const intact = typeof mac === 'string' && isMessageCode(key, FORMAT, body, mac)
  if (!intact || !Buffer.from(`${canonicalJson({ ...rest, mac })}\n`).equals(bytes)) {
    throw new Failure(
      'conflict',
      'this plan was altered since it was saved, or saved under another key; nothing was changed: plan again',
    )
  }
  const { states, ...saved } = rest as Omit<SavedPlan, 'states'> & { states: StateJson[] }
  return { ...saved, states: states.map((state) => stateFromJson(state)) }
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new Failure('invalid', 'this is no saved plan: it is not JSON', { cause: error })
  }
  const isSaved = typeof value === 'object' && value !== null && 'format' in value && value.format === FORMAT
  if (!isSaved) throw new Failure('invalid', `this is no saved plan (${FORMAT}); make one with: bode plan --out FILE`)
  return value as Record<string, unknown>
}
