/**
 * The PostgreSQL variant of the one model source: another provider and another output folder.
 * Throws when the source no longer has the lines that are replaced.
 */
export function toPostgresqlSchema(source: string): string {
  return replaceOnce(
    replaceOnce(source, 'provider = "sqlite"', 'provider = "postgresql"'),
    'generated/sqlite"',
    'generated/postgresql"',
  )
}

function replaceOnce(text: string, from: string, to: string): string {
  const parts = text.split(from)
  if (parts.length !== 2) throw new Error(`schema.prisma must contain ${from} exactly once`)
  return parts.join(to)
}
