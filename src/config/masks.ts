// Which stretches of a source may be a secret, and so are never shown. Two ways to know: by structure,
// when the text is YAML; by words, when it is not, and in comments.
import { SHOWN_SECRET_KEYS } from './schema/secret.ts'
import { placeBelow, secretPlaces, type SecretPlace } from './secret-places.ts'
import { lineSpan, type Source, type Span } from './source.ts'
import type { Entry, MapNode, Tree } from './tree.ts'

/** What people call secrets. Wide on purpose: a mask too many costs a look into the file. */
const SECRET_WORD =
  /secret|passw|wachtwoord|geheim|insecureliteral|api[-_]?key|\bauth\b|authorization\b|bearer|token(?!s\b)|\bvalue\b|\bkey\b|private/i
/** What a reference of a kind looks like; anything else in its place may be the secret itself. */
const REFERENCES: Record<string, RegExp> = { env: /^[A-Za-z_][A-Za-z0-9_]*$/, sops: /^[^#]+#\// }
/** `user:password@` of a URL, be the URL right or wrong. */
const URL_CREDENTIALS = /[^\s/@"'{[,]+(?=@)/g

/** The stretches of a well-formed part to mask. */
export function maskedByStructure(root: MapNode): Span[] {
  const spans: Span[] = []
  maskMap(root, secretPlaces, true, spans)
  return spans
}

function mask(node: Tree, place: SecretPlace | undefined, hidden: boolean, spans: Span[]): void {
  if (node.kind === 'map') maskMap(node, place, false, spans, hidden)
  else if (node.kind === 'list') for (const item of node.items) mask(item, place?.any ?? place, hidden, spans)
  else if ((hidden || place?.holds === true) && node.value !== null) spans.push(node)
}

function maskMap(node: MapNode, place: SecretPlace | undefined, root: boolean, spans: Span[], hidden = false): void {
  for (const [name, entry] of [...node.entries, ...(node.repeated ?? [])]) {
    if (place?.secret === true) {
      maskReference(name, entry, place, spans)
      continue
    }
    const below = placeBelow(place, name)
    const unknown = below === undefined
    // `{ value: {hunter2} }`, `{ value hunter2 }`: such a key may be the secret that it stands for.
    if ((hidden || (unknown && place?.block === true)) && mayBeSecretItself(name, entry.value)) spans.push(entry.key)
    // An unknown key at the root may be a section of credentials with a typing error in its name, or a
    // line that lost its indentation.
    if ((hidden || below?.holds === true) && isEmpty(entry.value)) spans.push(...leftOver(entry.key))
    const suspect = unknown && (root ? !name.startsWith('x-') : place?.block === true)
    const masked = hidden || suspect || (unknown && SECRET_WORD.test(name))
    // The patch of an overlay has the sections of a document.
    if (root && name === 'patch' && entry.value.kind === 'map') maskMap(entry.value, below, true, spans, masked)
    else mask(entry.value, below, masked, spans)
  }
}

/** A key without a value, or one that swallowed its colon or what follows it. */
export function mayBeSecretItself(name: string, value: Tree | undefined): boolean {
  return (value !== undefined && isEmpty(value)) || /[\s:]/.test(name)
}

/** What stands behind a key without a value: `secret: &hunter2` makes an anchor of a secret. */
function leftOver({ source, end }: Span): Span[] {
  const [line = ''] = source.text.slice(end).split('\n', 1)
  const colon = /^["']?\s*:?\s*/.exec(line)?.[0].length ?? 0
  return colon === line.length ? [] : [{ source, start: end + colon, end: end + line.length }]
}

function isEmpty(value: Tree): boolean {
  return value.kind === 'scalar' && value.value === null
}

/** Under a secret: names and paths are shown, a key that is none of ours is hidden too (`secret: {hunter2}`). */
function maskReference(name: string, { key, value }: Entry, place: SecretPlace, spans: Span[]): void {
  if (!place.keys.has(name)) spans.push(key)
  const shown = SHOWN_SECRET_KEYS.includes(name) && value.kind === 'scalar' && isReference(name, value.value)
  if (!shown) maskAll(value, spans)
}

/** Nothing in the place of a reference is known to be a name: `{ env: { hunter2: 1 } }`. */
function maskAll(node: Tree, spans: Span[]): void {
  mask(node, undefined, true, spans)
  if (node.kind === 'list') for (const item of node.items) maskAll(item, spans)
  if (node.kind !== 'map') return
  for (const { key, value } of node.entries.values()) {
    spans.push(key)
    maskAll(value, spans)
  }
}

function isReference(name: string, value: unknown): boolean {
  const shape = REFERENCES[name]
  return shape === undefined || (typeof value === 'string' && shape.test(value))
}

/**
 * The stretches to mask in a text that is not YAML: what stands behind a word for secrets and, indented,
 * below it; and whatever does not stand behind a key that is known to hold none.
 */
export function maskedByWords(source: Source): Span[] {
  const spans: Span[] = []
  let insideFrom: number | undefined
  for (const index of source.lineStarts.keys()) {
    const { start, end } = lineSpan(source, index)
    const text = source.text.slice(start, end)
    const indent = text.search(/\S/)
    if (indent === -1) continue
    if (insideFrom !== undefined && indent > insideFrom) {
      spans.push({ source, start: start + indent, end })
      continue
    }
    const word = SECRET_WORD.exec(text)
    insideFrom = word === null ? undefined : indent
    // In `hunter2secret`, which is behind no key, the word may be a part of the secret.
    if (word !== null && !KEY.test(text) && /\S/.test(text.slice(indent, word.index)))
      spans.push({ source, start: start + indent, end })
    else if (word !== null) spans.push(behind(source, start, text, word.index + word[0].length))
    else spans.push(...unknownValue(source, start, text, indent), ...urlCredentials(source, start, text))
  }
  return spans
}

const KEY = /^\s*(?:- )*["']?([\w.-]+)["']?\s*:(?:\s+|$)/

function unknownValue(source: Source, start: number, text: string, indent: number): Span[] {
  const [written = '', key = ''] = KEY.exec(text) ?? []
  const from = written === '' ? indent : written.length
  return shownKeys.has(key) || from >= text.length ? [] : [{ source, start: start + from, end: start + text.length }]
}

/** Keys of the schema under which no secret stands, anywhere. */
const shownKeys: ReadonlySet<string> = new Set(keysWithoutSecrets(secretPlaces))

function keysWithoutSecrets({ keys, any, secret }: SecretPlace): string[] {
  if (secret) return []
  const own = [...keys].filter(([, place]) => !place.holds).map(([key]) => key)
  return [...own, ...[...keys.values(), ...(any === undefined ? [] : [any])].flatMap(keysWithoutSecrets)]
}

/**
 * What a line hides besides its values: a comment with a key and a value in it, or behind a word for secrets,
 * which may be a secret put aside; and a password in a URL.
 */
export function maskedInLine(source: Source, index: number): Span[] {
  const { start, end } = lineSpan(source, index)
  const text = source.text.slice(start, end)
  const comment = /(?:^|\s)#+\s*(?=(.*))/.exec(text)
  const hides = comment !== null && (/[:=]/.test(comment[1] ?? '') || SECRET_WORD.test(text))
  const hidden = hides ? [{ source, start: start + comment.index + comment[0].length, end }] : []
  return [...urlCredentials(source, start, text), ...hidden]
}

/** From the rest of the word, its colon and quotes, to the end of the line. */
function behind(source: Source, start: number, text: string, from: number): Span {
  const rest = /^[\w-]*["']?\s*:?\s*/.exec(text.slice(from))?.[0].length ?? 0
  return { source, start: start + from + rest, end: start + text.length }
}

function urlCredentials(source: Source, start: number, text: string): Span[] {
  return [...text.matchAll(URL_CREDENTIALS)].map(({ index, 0: credentials }) => ({
    source,
    start: start + index,
    end: start + index + credentials.length,
  }))
}
