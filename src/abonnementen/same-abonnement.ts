import { createHash, timingSafeEqual } from 'node:crypto'
import { canonicalJson } from '../common/canonical-json.ts'
import { foldKey } from '../common/key-folding.ts'
import type { AbonnementSpec } from '../common/model.ts'
import type { Secret } from '../common/secret.ts'
import type { Abonnement } from '../common/snapshot.ts'

/**
 * True when a write would leave a declared abonnement as it is: a client that keeps its registration up
 * to date then gets its 200. The order of kanalen does not matter, and filter keys are compared folded.
 */
export function isSameAbonnement(current: Abonnement, wanted: AbonnementSpec, auth: Secret | undefined): boolean {
  return essence(current) === essence(wanted) && (auth === undefined || isSameSecret(current.authSecret, auth))
}

function essence({ callbackUrl, auth, kanalen, cloudEvents }: AbonnementSpec): string {
  const fold = (filters: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(filters).map(([key, value]) => [foldKey(key), value]))
  const sorted = (items: object[]): string[] => items.map(canonicalJson).toSorted()
  return canonicalJson({
    callbackUrl,
    auth: auth.type,
    kanalen: sorted(
      kanalen.map(({ naam, filters, acties, resources }) => {
        return { naam, filters: fold(filters), acties: acties.toSorted(), resources: resources.toSorted() }
      }),
    ),
    send: cloudEvents.send,
    filters: sorted(cloudEvents.filters.map((each) => ({ ...each, filters: fold(each.filters) }))),
  })
}

/** In constant time: this answers a client that may be guessing. */
function isSameSecret(current: Secret | undefined, offered: Secret): boolean {
  const digest = (secret: Secret): Buffer => createHash('sha256').update(secret.reveal()).digest()
  return current !== undefined && timingSafeEqual(digest(current), digest(offered))
}
