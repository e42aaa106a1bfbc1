import type { Figure } from './figures.ts'
import type { Databases } from './support/databases.ts'

/** What a part of the bench is asked. */
export type Bench = {
  databases: Databases
  /** How often everything is measured. */
  runs: number
  /** Length of a measured window, ms: what was asked for, or else the part's own. */
  windowMs: (own: number) => number
  /** How many deliveries wait while a backlog is drained. */
  backlog: number
  /** How many finished deliveries a history is. */
  history: number
  /** How many messages an hour brings. */
  messages: number
  /** How many objects a large configuration has. */
  objects: number
  /** Tells who waits what goes on. */
  say: (text: string) => void
}

/** A part of the bench. */
export type Part = (bench: Bench) => Promise<Figure[]>

/** As many as an application server of a municipality keeps open at once. */
export const CONNECTIONS = 32
/** Requests before a window, so that what is measured has run before. */
export const WARM_UP_MS = 1_000

export type Stoppable = { stop(): Promise<unknown> }

/** Runs `work`, then stops what it kept, the last first, whatever happened. */
export async function scoped<T>(work: (keep: <S extends Stoppable>(it: S) => S) => Promise<T>): Promise<T> {
  const kept: Stoppable[] = []
  const keep = <S extends Stoppable>(it: S): S => {
    kept.unshift(it)
    return it
  }
  try {
    return await work(keep)
  } finally {
    for (const it of kept) await it.stop()
  }
}
