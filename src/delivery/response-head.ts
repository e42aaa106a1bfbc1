const MAX_BYTES = 2_048

/** Stands in place of an answer that repeats what was sent to prove who we are. */
export const REPEATED = '[not kept: the answer repeats our authorization]'

/**
 * The beginning of an answer as text that any database and terminal takes: at most 2 KB, what is not UTF-8 and what
 * controls a terminal replaced. `secrets` are what was sent; an answer that repeats one of them is not kept at all,
 * because an echo may have changed its form further on.
 */
export function responseHead(body: Buffer, secrets: readonly (string | undefined)[]): string {
  const text = body.toString('utf8')
  const forms = secrets.flatMap((secret) => (secret === undefined ? [] : formsOf(secret)))
  const plain = unescaped(text)
  if (forms.some((form) => text.includes(form) || plain.includes(form))) return REPEATED
  return cut(cut(text).replaceAll(/[^\P{C}\n\t]/gu, '?'))
}

/** At most MAX_BYTES of UTF-8, without half a character at the end. */
function cut(text: string): string {
  const bytes = Buffer.from(text)
  return bytes.length <= MAX_BYTES ? text : bytes.toString('utf8', 0, MAX_BYTES).replace(/\uFFFD+$/, '')
}

/** The header, its parts (a scheme says nothing), and what Basic packs in base64. */
function formsOf(header: string): string[] {
  const [, credentials = header] = /^\S+\s+(\S.*)$/.exec(header) ?? []
  const packed = Buffer.from(credentials, 'base64').toString('utf8')
  const [, password = ''] = /^[^:]*:(.*)$/.exec(packed) ?? []
  const parts = [header, credentials, ...credentials.split('.'), password]
  return [...new Set(parts.flatMap((part) => [part, Buffer.from(part).toString('base64').replace(/=+$/, '')]))].filter(
    (part) => part.length >= MIN_LENGTH,
  )
}

/** Shorter than this it says nothing, and would be found in any text. */
const MIN_LENGTH = 6

/** What JSON, HTML and URLs make of characters, undone. */
function unescaped(text: string): string {
  const byCode = (_found: string, hex: string): string => String.fromCodePoint(Number.parseInt(hex, 16))
  return text
    .replaceAll(/\\u00([0-9a-f]{2})/gi, byCode)
    .replaceAll(/%([0-9a-f]{2})/gi, byCode)
    .replaceAll(/&#x([0-9a-f]{2});/gi, byCode)
    .replaceAll(/\\(["\\/])/g, '$1')
}
