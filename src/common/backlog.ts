/** What waits in the database, and how the other sides are doing. */
export type Backlog = {
  /** Abonnementen with unfinished deliveries. */
  lanes: readonly Lane[]
  /** Abonnementen of which something is known. */
  subscribers: readonly SubscriberState[]
  /** Dead letters that were not sent again, for abonnementen that have some; the count ends at a bound too. */
  dead: readonly { abonnementId: string; count: number }[]
}

/** Counts end at a bound: the bound itself means that many or more. */
export type Lane = {
  abonnementId: string
  ready: number
  leased: number
  /** Behind an older delivery of their ordering key. */
  held: number
  /** When the first ready delivery may go, or could have gone (epoch ms); null: none is ready. */
  oldestDueAt: number | null
}

export type SubscriberState = { abonnementId: string; status: 'active' | 'paused' | 'blocked'; breakerOpen: boolean }
