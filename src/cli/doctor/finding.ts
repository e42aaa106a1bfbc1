/** What `--only` chooses from, in the order in which they are shown. */
export const CHECKS = [
  'document',
  'secrets',
  'database',
  'master-key',
  'clock',
  'servers',
  'autorisaties',
  'clients',
  'callbacks',
  'tokens',
  'jwt',
  'certificates',
] as const
export type CheckName = (typeof CHECKS)[number]

/** One thing that a check found out. Never holds a secret, nor anything of an answer but its status and codes. */
export type Finding = {
  check: CheckName
  /** Stable, for programs: `autorisaties/secret-wrong`. */
  id: string
  status: 'ok' | 'warning' | 'failed' | 'skipped'
  /** What it is about, by its address in the document where it has one: `clientCredentials.open-zaak`. */
  subject: string
  message: string
  /** What to change, and where: a line of the document, or the screen of another system. Null when all is well. */
  advice: Advice | null
  /** On whose side the fault lies; it decides the exit code. */
  side: 'document' | 'secret' | 'remote'
}
export type Advice = { what: string; where: string }

/** What a check says; the reporter adds what it is about. */
export type Remark = { id: string; message: string; advice: Advice; side?: Finding['side'] }

/** Makes the findings of one check on one subject. */
export type Reporter = {
  ok(id: string, message: string): Finding
  skipped(id: string, message: string): Finding
  warning(remark: Remark): Finding
  failed(remark: Remark): Finding
}

export function reporter(check: CheckName, subject: string): Reporter {
  const finding = (status: Finding['status'], { id, message, advice, side = 'remote' }: LooseRemark): Finding => ({
    check,
    id: `${check}/${id}`,
    status,
    subject,
    message,
    advice,
    side,
  })
  return {
    ok: (id, message) => finding('ok', { id, message, advice: null }),
    skipped: (id, message) => finding('skipped', { id, message, advice: null }),
    warning: (remark) => finding('warning', remark),
    failed: (remark) => finding('failed', remark),
  }
}

type LooseRemark = Omit<Remark, 'advice'> & { advice: Advice | null }
