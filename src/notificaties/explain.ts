import { foldKey } from '../common/key-folding.ts'
import type { KanaalFilter } from '../common/model.ts'
import type { Notificatie } from './notificatie.ts'

/** What an entry of an abonnement asks and a message does not have; `wanted` is spelled as in the entry. */
export type Difference =
  | { kind: 'actie' | 'resource'; wanted: readonly string[]; got: string }
  | { kind: 'filter'; key: string; wanted: string; got: string }

/** Why an entry for the message's kanaal does not pass; `entry` is its index in `kanalen`. */
export type Miss = { entry: number } & Difference

/** Why an abonnement gets a message, or does not. */
export type Explanation =
  /** `entry` is the first that passes. `open` are its filters on kenmerken that the message does not have: those pass. */
  | { matched: true; entry: number; open: readonly string[] }
  /** It has no entry for the kanaal; `kanalen` are those that it has entries for. */
  | { matched: false; reason: 'kanaal'; kanalen: readonly string[] }
  /** Each of its entries for the kanaal asks something else; one miss per entry, in their order. */
  | { matched: false; reason: 'entries'; misses: readonly Miss[] }

/**
 * Says why an abonnement gets `notificatie`, or the first reason of each of its entries why not. By the
 * rules of match.ts, and with the same answer; this one takes its time to remember the reason. Pure.
 */
export function explain(kanalen: readonly KanaalFilter[], notificatie: Notificatie): Explanation {
  const misses: Miss[] = []
  for (const [index, entry] of kanalen.entries()) {
    if (entry.naam !== notificatie.kanaal) continue
    const difference = firstDifference(entry, notificatie)
    if (difference === undefined) return { matched: true, entry: index, open: openFilters(entry, notificatie) }
    misses.push({ entry: index, ...difference })
  }
  if (misses.length > 0) return { matched: false, reason: 'entries', misses }
  return { matched: false, reason: 'kanaal', kanalen: [...new Set(kanalen.map(({ naam }) => naam))] }
}

function firstDifference({ acties, resources, filters }: KanaalFilter, message: Notificatie): Difference | undefined {
  if (!isAmong(acties, message.actie)) return { kind: 'actie', wanted: acties, got: message.actie }
  if (!isAmong(resources, message.resource)) return { kind: 'resource', wanted: resources, got: message.resource }
  for (const [key, wanted] of Object.entries(filters)) {
    const got = kenmerkOf(message, key)
    if (wanted !== '*' && got !== undefined && got !== wanted) return { kind: 'filter', key, wanted, got }
  }
  return undefined
}

/** An empty list lets everything pass. */
function isAmong(wanted: readonly string[], got: string): boolean {
  return wanted.length === 0 || wanted.some((each) => each.toLowerCase() === got.toLowerCase())
}

function openFilters({ filters }: KanaalFilter, message: Notificatie): string[] {
  return Object.keys(filters).filter((key) => kenmerkOf(message, key) === undefined)
}

function kenmerkOf({ kenmerken }: Notificatie, key: string): string | undefined {
  const folded = foldKey(key)
  return Object.hasOwn(kenmerken, folded) ? kenmerken[folded] : undefined
}
