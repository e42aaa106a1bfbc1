/** Says on stderr what a command is busy with. Commands call `step`; whether anything shows is decided here. */
export type Progress = {
  /**
   * From now on the command does `what`, said as a phrase in lower case: `reading the configuration`. Shows
   * once the command has taken over a second, and only where somebody watches. Never give it a secret.
   */
  step(what: string): void
  /** Takes the line away, for before a question or a result is written. The next step shows again. */
  clear(): void
}

export type ProgressOptions = {
  write: (text: string) => void
  /**
   * `line`: one line that is rewritten, without animation. `lines`: a plain line per step, for terminals that
   * cannot move the cursor and for screen readers. `log`: the same at once, with the time since the start.
   */
  mode: 'none' | 'line' | 'lines' | 'log'
  /** Width of the terminal: a line that wraps cannot be rewritten. */
  columns?: number | undefined
  /** Milliseconds that stay silent (default 1 000). */
  afterMs?: number
  /** Milliseconds on any steady clock. */
  now?: () => number
}

const CLEAR_LINE = '\r\u001B[2K'

/** Progress that starts to count now. Its timer keeps no process alive. */
export function createProgress(options: ProgressOptions): Progress {
  const { write, mode, columns = 80, now = () => performance.now() } = options
  const afterMs = mode === 'log' ? 0 : (options.afterMs ?? 1_000)
  const start = now()
  let current: string | undefined
  let onScreen = false
  let timer: NodeJS.Timeout | undefined

  const show = (): void => {
    timer = undefined
    if (current === undefined) return
    if (mode === 'line') {
      write(CLEAR_LINE + cut(`${current} ...`, columns - 1))
      onScreen = true
    } else if (mode === 'log') write(`${((now() - start) / 1_000).toFixed(2)} s  ${current}\n`)
    else write(`${current} ...\n`)
  }
  return {
    step: (what) => {
      if (mode === 'none' || what === current) return
      current = what
      const left = afterMs - (now() - start)
      // A timer alone is not enough: work that never yields lets none go off.
      if (left <= 0) show()
      else timer ??= setTimeout(show, left).unref()
    },
    clear: () => {
      clearTimeout(timer)
      timer = undefined
      current = undefined
      if (onScreen) write(CLEAR_LINE)
      onScreen = false
    },
  }
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}\u2026`
}
