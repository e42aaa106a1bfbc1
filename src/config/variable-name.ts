/** A name for the environment variable of a secret: `open-zaak`, `secret` -> `OPEN_ZAAK_SECRET`. */
export function variableName(...words: readonly string[]): string {
  const name = words
    .join('_')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()
  return /^[A-Z_]/.test(name) ? name : `_${name}`
}
