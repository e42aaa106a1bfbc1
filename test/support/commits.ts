import type { Database } from '../../src/db/open.ts'

/** Transactions of raw statements alone: what accepts, claims and settles are made of. */
type RawTransaction = Database['rawTransaction']

/** The database with `around` in the place of its raw transactions; one statement alone is one too. */
export function aroundRaw(database: Database, around: RawTransaction): Database {
  return { ...database, rawTransaction: around, rawStatement: around }
}

/** A database that commits, and whose answer to that is lost on the way. */
export function losesAnswers(database: Database): Database {
  return aroundRaw(database, async (work, options) => {
    await database.rawTransaction(work, options)
    throw connectionTerminated()
  })
}

/** A database that does all but commit. */
export function neverCommits(database: Database): Database {
  return aroundRaw(database, (work, options) =>
    database.rawTransaction(async (tx) => {
      await work(tx)
      throw connectionTerminated()
    }, options),
  )
}

function connectionTerminated(): Error {
  return new Error('connection terminated')
}
