/** A request that was answered with 401 or 403. */
export type Refusal = {
  /** Who asked, when that was proven. */
  clientId: string | null
  /** Who it said to be, if that is a client that there is; anybody may say so. */
  claimed: string | null
  status: number
  /** Of the problem that was answered; null: none has one. */
  code: string | null
}
