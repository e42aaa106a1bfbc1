import type { Test } from 'tap'
import { Receiver } from './receiver.ts'

/** A subscriber as they should be: 403 for whoever does not send `auth`, 204 for who does. */
export async function startSubscriber(t: Test, auth: string): Promise<Receiver> {
  const receiver = await Receiver.start(t)
  receiver.answer(({ headers }) => ({ status: headers.authorization === auth ? 204 : 403 }))
  return receiver
}
