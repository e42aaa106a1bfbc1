import { pino, type DestinationStream } from 'pino'

export type LogOutput = {
  destination: DestinationStream
  /** Writes what is left; for the end of the process. */
  flush(): void
}

/** Written before the end of the turn when it grows larger. */
const MAX_BYTES = 8_192

/**
 * Standard output for the log of a server. The lines of one turn of the event loop are written together at its end,
 * and synchronously: one write for each was a tenth of the work of delivering. What was logged before a kill is on
 * the pipe, unless the kill comes within that turn.
 */
export function logOutput(fd = 1): LogOutput {
  const file = pino.destination({ fd, sync: true, minLength: MAX_BYTES })
  let scheduled = false
  const flush = (): void => {
    scheduled = false
    file.flushSync()
  }
  return {
    destination: {
      write: (line) => {
        file.write(line)
        if (scheduled) return
        scheduled = true
        setImmediate(flush)
      },
    },
    flush,
  }
}
