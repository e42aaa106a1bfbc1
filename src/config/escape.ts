/** A text in which variables would be filled in is written so that it comes back as it is. */
export function escapeVariables(value: unknown): unknown {
  return typeof value === 'string' && /\$[${]/.test(value) ? value.replaceAll('$', '$$$$') : value
}
