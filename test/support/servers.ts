import { openDatabase } from '../../src/db/open.ts'
import { writeServerRow } from '../../src/db/server-row.ts'

const server = { id: 's', host: 'gw-1', pid: 7, version: '0', startedAt: 1 } as const

/** A server that is there, and follows nothing. */
export const serverAtZero = (url: string): Promise<void> => write(url, { ...server, generation: 0, state: 'ok' })

/** A server that refuses generation 1. */
export const serverThatRefuses = (url: string): Promise<void> =>
  write(url, { ...server, generation: 1, state: 'refused' })

type Row = Omit<Parameters<typeof writeServerRow>[1], 'reason'>

async function write(url: string, row: Row): Promise<void> {
  const database = await openDatabase(url)
  await writeServerRow(database, { ...row, reason: 'it does not fit' }, Date.now())
  await database.close()
}
