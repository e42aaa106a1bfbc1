import type { Client } from '../open.ts'

/** One sealed value, by object, field and slot. */
export type SealedValue = { objectId: string; field: string; slot: string; ciphertext: string }

/** Every sealed value. To tell with which key each was sealed, without opening it. */
export function sealedValues(client: Client): Promise<SealedValue[]> {
  return client.secret.findMany({ select: { objectId: true, field: true, slot: true, ciphertext: true } })
}
