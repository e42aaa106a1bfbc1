import type { Test } from 'tap'

/** Stands in every secret that a test gives to the program, and may come out nowhere. */
const MARKER = 'c4n4ry'

/** A secret value of at least 32 bytes that is recognisable wherever it leaks. */
export function canary(place: string): string {
  return `${MARKER}-${place}-`.padEnd(40, 'x')
}

/**
 * The forms in which a leak would look. Letters and digits stay what they are in URLs, in JSON and in YAML,
 * unless somebody escapes every character.
 */
const FORMS = [
  MARKER,
  ...alignedBase64(MARKER),
  escaped((code) => code.toString(16).padStart(2, '0')),
  escaped((code) => code.toString(16).padStart(2, '0').toUpperCase()),
  escaped((code) => `%${code.toString(16)}`),
  escaped((code) => `\\u${code.toString(16).padStart(4, '0')}`),
  escaped((code) => `\\x${code.toString(16)}`),
  escaped((code) => `&#${code};`),
  // UTF-16, as a database or a log on another system may write it.
  escaped((code) => `${String.fromCharCode(code)}\0`),
  MARKER.split('').toReversed().join(''),
]

/** Which form of the marker `output` contains, if any. */
export function leakIn(output: string | Buffer): string | undefined {
  const text = typeof output === 'string' ? output : output.toString('latin1')
  return FORMS.find((form) => text.includes(form))
}

/** Fails the test when a secret shows in `output`. */
export function assertNoLeak(t: Test, output: string | Buffer, where: string): void {
  t.equal(leakIn(output), undefined, `no secret in ${where}`)
}

/** What stays the same of the marker's base64, and base64url, wherever it begins in the encoded text. */
function alignedBase64(marker: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from('x'.repeat(offset) + marker).toString('base64')
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + marker.length) * 8) / 6))
  })
}

function escaped(escape: (code: number) => string): string {
  return MARKER.split('')
    .map((character) => escape(character.charCodeAt(0)))
    .join('')
}
