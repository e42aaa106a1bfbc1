/** A name from a document in quotes, safe to print: control characters cannot reach a terminal. */
export function quoted(name: string): string {
  return JSON.stringify(name).replaceAll(/[\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g, '\uFFFD')
}
