import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../common/failure.ts'

export type Provider = 'sqlite' | 'postgresql'

/** A database URL, taken apart. `shown` is safe to print: no user name, password or parameters. */
export type DatabaseTarget = { provider: Provider; url: string; shown: string }

/**
 * Reads a database URL: `file:path` (relative to the working directory) or `postgresql://...`.
 * Throws Failure `usage` for anything else, without repeating it: it may contain a password.
 */
export function databaseTarget(url: string): DatabaseTarget {
  if (url.startsWith('file:')) {
    const path = url.startsWith('file://') ? fileURLToPath(url) : resolve(url.slice('file:'.length))
    return { provider: 'sqlite', url: `file:${path}`, shown: path }
  }
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) {
    const { hostname, port, pathname } = new URL(url)
    return { provider: 'postgresql', url, shown: `postgresql://${hostname}${port && `:${port}`}${pathname}` }
  }
  throw new Failure('usage', 'the database URL must be file:PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME')
}
