import type { Clock } from '../common/clock.ts'
import { invalid } from '../common/problem.ts'
import type { Snapshot } from '../common/snapshot.ts'
import type { Notificatie } from './notificatie.ts'
import { checkAgainstKanaal, parseNotificatie } from './parse.ts'

export type ReceiveOptions = { snapshot: () => Snapshot; reload: () => Promise<Snapshot>; clock: Clock }

/** Reads a body as a message; any kanaal will do. Throws Problem `invalid`. */
export function readNotificatie(body: unknown, { snapshot, clock }: ReceiveOptions): Notificatie {
  const parsed = parseNotificatie(body, { now: clock.now(), leewayMs: snapshot().settings.tokens.leewayMs })
  if ('invalidParams' in parsed) throw invalid(...parsed.invalidParams)
  return parsed.notificatie
}

/**
 * Reads a body as a message for one of our kanalen. What this snapshot refuses is checked once more
 * against a fresh one: another replica may just have made the kanaal. Throws Problem `invalid`.
 */
export async function readPublication(body: unknown, options: ReceiveOptions): Promise<Notificatie> {
  const notificatie = readNotificatie(body, options)
  if (checkAgainstKanaal(options.snapshot(), notificatie).length === 0) return notificatie
  const invalidParams = checkAgainstKanaal(await options.reload(), notificatie)
  if (invalidParams.length > 0) throw invalid(...invalidParams)
  return notificatie
}
