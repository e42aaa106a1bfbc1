/** Where a delivery stands: the first three are unfinished, the others are how it ended. */
export const DELIVERY_STATES = ['ready', 'held', 'leased', 'dead', 'delivered', 'cancelled'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** How a delivery can have ended, and from where it can be sent again. */
export const DELIVERY_OUTCOMES = ['dead', 'delivered', 'cancelled'] as const
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number]

/**
 * Which deliveries, as an operator asks: everything that is given must be so. The same words on the command line, in
 * the operators' API and in a stored replay.
 */
export type DeliveryFilter = {
  /** Name or uuid of the abonnement. */
  abonnement?: string
  kanaal?: string
  /** Id of the notificatie. */
  notificatie?: string
  /** Accepted from this moment on (ISO 8601 with a zone). */
  from?: string
  /** Accepted before this moment. */
  until?: string
  outcome?: DeliveryState
  /** What the last attempt got: `503`, `5xx`, `timeout`, or `no-answer` for no answer of any kind. */
  status?: string
}

/** A delivery as an operator sees it: its last run. Times are ISO 8601. */
export type DeliveryItem = {
  /** `<sequence>.<uuid of the abonnement>`: the notificatie's place in the order of acceptance, and for whom. */
  id: string
  state: DeliveryState
  notificatie: string
  /** The name is null when the abonnement is no longer there. */
  abonnement: { id: string; name: string | null }
  /** Empty for a posted CloudEvent. */
  kanaal: string
  receivedAt: string
  /** Only while it is unfinished: when it may go. */
  dueAt: string | null
  finishedAt: string | null
  /** Attempts of this run. */
  attempts: number
  /** 0 is the first run; each replay has the next number. */
  replay: number
  /** Of the last answer. */
  status: number | null
  /** Why the last attempt failed or the delivery ended otherwise than delivered; null: nothing failed. */
  reason: string | null
}

/** `next` continues the list; null: this is its end. */
export type DeliveryPage = { deliveries: DeliveryItem[]; next: string | null }

export type DeliveryAttempt = {
  replay: number
  number: number
  startedAt: string
  durationMs: number
  status: number | null
  error: string | null
  /** What explains it, such as the age of a token that was refused. */
  detail: string | null
  /** The beginning of the answer; null unless the settings keep it and `body` was asked for. */
  responseHead: string | null
  server: string
}

/** One delivery with its history. Content is there only when `body` was asked for, and that is audited. */
export type DeliveryDetails = DeliveryItem & {
  clientId: string
  /** Runs before this one, oldest first. */
  earlier: { replay: number; outcome: DeliveryOutcome; finishedAt: string; attempts: number; reason: string | null }[]
  /** Of all runs, oldest first. */
  history: DeliveryAttempt[]
  body?: string
}

/** What waits for one abonnement, and what is known of its subscriber. */
export type LaneStatus = {
  abonnement: { id: string; name: string }
  /** `active`, `paused` or `blocked`. */
  status: string
  /** Why it is paused or blocked. */
  reason: string | null
  changedAt: string | null
  changedBy: string | null
  /** Nothing is sent before: it asked for rest, or its breaker is open. Null: open. */
  closedUntil: string | null
  breakerOpen: boolean
  failingSince: string | null
  ready: number
  held: number
  leased: number
  /** Dead letters that were not sent again. */
  dead: number
  /** The oldest moment at which a ready one was due. */
  oldestDue: string | null
}

/** What a replay would send again. */
export type ReplayCount = { total: number; abonnementen: { id: string; name: string; count: number; status: string }[] }

export type Replay = {
  id: string
  filter: DeliveryFilter
  /** `running`, `finished` or `cancelled`. */
  state: string
  ratePerSecond: number
  total: number
  /** Put on their way so far. */
  done: number
  requestedBy: string
  createdAt: string
  finishedAt: string | null
}

/**
 * What an operator can do with deliveries; the database or a running server does it. Throws Failure `invalid` for a
 * filter, id or abonnement that is none, `conflict` where it cannot be done now.
 */
export type DeliveryOperations = {
  /** Unfinished and ended ones together, the last accepted first, at most `limit`; `after` is the `next` of a page. */
  list(filter: DeliveryFilter, page: { limit: number; after?: string | undefined }): Promise<DeliveryPage>
  show(id: string, options: { body: boolean }): Promise<DeliveryDetails>
  /** Of every abonnement, by name. */
  status(): Promise<LaneStatus[]>
  /** Sends nothing more until a resume; what waits is kept. */
  pause(abonnement: string, reason: string | null): Promise<LaneStatus>
  /** Ends a pause, a block, a rest and an open breaker. */
  resume(abonnement: string): Promise<LaneStatus>
  /** Without an outcome: the dead letters. */
  countReplay(filter: DeliveryFilter): Promise<ReplayCount>
  /** Null: there is nothing to send again. */
  startReplay(filter: DeliveryFilter, ratePerSecond: number): Promise<Replay | null>
  /** The newest first. */
  replays(): Promise<Replay[]>
  cancelReplay(id: string): Promise<Replay>
}

export const MAX_PAGE = 1_000
export const DEFAULT_PAGE = 50
export const DEFAULT_REPLAY_RATE = 50
export const MAX_REPLAY_RATE = 1_000
