/** What a message must have at `key`, if it has anything there. */
export type Demand = { key: string; value: string }

/**
 * What filters demand of a message's values (behaviour reference §2.1); the value `*` demands nothing. `spell` gives a
 * filter's key the form that the message's keys have.
 */
export function demandsOf(filters: Readonly<Record<string, string>>, spell: (key: string) => string): Demand[] {
  return Object.entries(filters)
    .filter(([, value]) => value !== '*')
    .map(([key, value]) => ({ key: spell(key), value }))
}

/** True when the values are what is demanded: the same text, capitals included. What the message does not have passes. */
export function meets(demands: readonly Demand[], values: Readonly<Record<string, unknown>>): boolean {
  return demands.every(({ key, value }) => !Object.hasOwn(values, key) || values[key] === value)
}
