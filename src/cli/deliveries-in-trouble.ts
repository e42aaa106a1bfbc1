import type { Alert } from '../alerts/alert.ts'
import type { Database } from '../db/open.ts'

/** An abonnement that gets nothing, or not everything. Times are epoch ms. */
export type AbonnementInTrouble = {
  id: string
  name: string
  /** `failing`: active, but nothing but failures come back; `active`: it only has dead letters. */
  status: 'blocked' | 'paused' | 'failing' | 'active'
  /** null: it is active. */
  since: number | null
  reason: string | null
  /** Deliveries that wait, and dead letters that were not sent again; more than COUNT_UP_TO are not counted. */
  waiting: number
  dead: number
}

/** The alerts that stand, and the abonnementen that need a look, by name. */
export async function readTrouble(
  database: Database,
): Promise<{ alerts: Alert[]; abonnementen: AbonnementInTrouble[] }> {
  const [{ alertOf, COUNT_UP_TO }, { readAlerts }, { readLaneFacts }] = await Promise.all([
    import('../alerts/alert.ts'),
    import('../db/alerts/alert-rows.ts'),
    import('../db/alerts/lane-facts.ts'),
  ])
  const [rows, facts, known] = await Promise.all([
    readAlerts(database.reader),
    readLaneFacts(database, COUNT_UP_TO),
    database.reader.abonnement.findMany({ select: { id: true, name: true } }),
  ])
  const names = new Map(known.map(({ id, name }) => [id, name]))
  const abonnementen = facts.flatMap<AbonnementInTrouble>(
    ({ abonnementId: id, stopped, failingSinceAt, waiting, dead }) => {
      const name = names.get(id)
      if (name === undefined || (stopped === null && failingSinceAt === null && dead === null)) return []
      const answering = failingSinceAt === null ? 'active' : 'failing'
      return [
        {
          id,
          name,
          status: stopped === null ? answering : stopped.status === 'blocked' ? 'blocked' : 'paused',
          since: stopped?.since ?? failingSinceAt,
          reason: stopped?.reason ?? null,
          waiting,
          dead: dead?.count ?? 0,
        },
      ]
    },
  )
  return {
    alerts: rows.flatMap((row) => alertOf(row) ?? []),
    abonnementen: abonnementen.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }
}
