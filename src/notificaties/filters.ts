/**
 * Compiles filters into a test of a message's values (behaviour reference §2.1): what the message does not
 * have passes, and so does the value `*`; else both must be the same text, capitals included. `spell`
 * gives a filter's key the form that the message's keys have.
 */
export function compileFilters(
  filters: Readonly<Record<string, string>>,
  spell: (key: string) => string,
): (values: Readonly<Record<string, unknown>>) => boolean {
  const demands = Object.entries(filters)
    .filter(([, value]) => value !== '*')
    .map(([key, value]) => ({ key: spell(key), value }))
  return (values) => demands.every(({ key, value }) => !Object.hasOwn(values, key) || values[key] === value)
}
