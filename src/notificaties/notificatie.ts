/** A message of the standard, checked and normalised: trimmed text, folded keys, time in UTC. */
export type Notificatie = {
  readonly kanaal: string
  /** Who sent it, as a CloudEvents source; not part of the standard, only for those who ask for it. */
  readonly source?: string
  readonly hoofdObject: string
  readonly resource: string
  readonly resourceUrl: string
  readonly actie: string
  /** UTC with `Z`; microseconds when they are not zero. */
  readonly aanmaakdatum: string
  readonly kenmerken: Readonly<Record<string, string>>
}
