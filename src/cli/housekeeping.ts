import { createAlerter } from '../alerts/alerter.ts'
import type { Random } from '../common/clock.ts'
import { sweepRows } from '../db/retention/sweep-rows.ts'
import { createSweeper } from '../delivery/sweeper.ts'
import type { Egress } from '../egress/egress.ts'
import { mountedSecrets } from './mounted-secrets.ts'
import { startReplayRunner } from './replay-runner.ts'
import { startSecretRefresher, type SecretRefresherOptions } from './secret-refresher.ts'

export type HousekeepingOptions = Omit<SecretRefresherOptions, 'read' | 'everyMs'> &
  Parameters<typeof startReplayRunner>[0] &
  Parameters<typeof mountedSecrets>[0] & { egress: Egress; random: Random; refreshSecretsMs?: number }

export type Housekeeping = {
  /** Reads mounted secret files again; never throws. */
  refreshSecrets(): Promise<void>
  /** Resolves when what is under way has ended; what is left is found again by whoever runs next. */
  stop(): Promise<void>
}

/** The same as kubelet needs for a Secret that changed. */
const REFRESH_SECRETS_MS = 60_000

/**
 * What a server does beside accepting and delivering: carries out replays, reads mounted secrets again, removes what
 * was kept long enough, and tells operators what needs them.
 */
export function startHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { database, snapshot, refreshSecretsMs: everyMs = REFRESH_SECRETS_MS } = options
  const replays = startReplayRunner(options)
  const refresher = startSecretRefresher({ ...options, read: mountedSecrets(options), everyMs })
  const sweeper = createSweeper({
    ...options,
    sweep: (request) => sweepRows(database, request),
    settings: () => snapshot().settings.retention,
  })
  const alerter = createAlerter(options)
  sweeper.start()
  alerter.start()
  return {
    refreshSecrets: () => refresher.refresh(),
    stop: async () => void (await Promise.all([replays, refresher, sweeper, alerter].map((each) => each.stop()))),
  }
}
