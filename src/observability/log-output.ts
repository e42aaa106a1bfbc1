import { pino, type DestinationStream } from 'pino'

export type LogOutput = {
  destination: DestinationStream
  /** Writes what is left; for the end of the process. */
  flush(): void
}

/** Characters that are written before the end of the turn. */
const MAX_KEPT = 8_192

/**
 * Standard output for the log of a server. The lines of one turn of the event loop are written together at its end,
 * and synchronously: one write for each was a tenth of the work of delivering. What was logged before a kill is on
 * the pipe, unless the kill comes within that turn.
 */
export function logOutput(fd = 1): LogOutput {
  const file = pino.destination({ fd, sync: true })
  let kept = ''
  let scheduled = false
  const flush = (): void => {
    if (kept === '') return
    const lines = kept
    kept = ''
    // Not its flushSync: that waits for ever for a reader that has gone, and syncs what is a file.
    file.write(lines)
  }
  return {
    destination: {
      write: (line) => {
        kept += line
        if (kept.length >= MAX_KEPT) flush()
        if (scheduled) return
        scheduled = true
        setImmediate(() => {
          scheduled = false
          flush()
        })
      },
    },
    flush,
  }
}
