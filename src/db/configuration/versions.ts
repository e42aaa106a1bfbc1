import type { Transaction } from '../open.ts'
import type { Provider } from '../target.ts'

/**
 * What has happened to the configuration: every apply makes a generation, every write to a kanaal or
 * abonnement moves the epoch. When both still stand, nothing changed.
 */
export type Versions = { generation: number; epoch: number }

/**
 * Reads the versions under lock: until this transaction ends no kanaal or abonnement can be written
 * and no notificatie be matched, because both hold the epoch's row.
 */
export async function lockVersions(tx: Transaction, provider: Provider): Promise<Versions> {
  const [catalog] =
    provider === 'sqlite'
      ? await tx.$queryRaw<{ epoch: bigint }[]>`SELECT epoch FROM catalog WHERE id = 1`
      : await tx.$queryRaw<{ epoch: bigint }[]>`SELECT epoch FROM catalog WHERE id = 1 FOR UPDATE`
  const [last] = await tx.$queryRaw<{ number: number | bigint | null }[]>`SELECT MAX(number) AS number FROM generation`
  return { generation: Number(last?.number ?? 0), epoch: Number(catalog?.epoch ?? 0) }
}
