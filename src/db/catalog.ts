import type { Transaction } from './open.ts'

/**
 * Moves the epoch: every write to a kanaal or abonnement does, first in its transaction. An accept that
 * matched against the old catalog is then refused, and such writes follow one another, so that what is
 * read after this call stays true until the commit.
 */
export async function bumpEpoch(tx: Transaction): Promise<void> {
  await tx.$executeRaw`UPDATE catalog SET epoch = epoch + 1 WHERE id = 1`
}
