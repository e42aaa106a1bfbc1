/** A line of what happened, made into text only when somebody wants to read it. */
export type Trace = (who: string, what: string, details: readonly string[]) => void

/**
 * A process, as far as what reaches it from outside goes.
 *
 *   running --freeze--> frozen (what comes waits) --thaw--> running --kill--> gone (nothing comes any more)
 */
export class Machine {
  readonly id: string
  readonly #write: Trace
  #state: 'running' | 'frozen' | 'gone' = 'running'
  #waiting: (() => void)[] = []

  constructor(id: string, write: Trace) {
    this.id = id
    this.#write = write
  }

  readonly isGone = (): boolean => this.#state === 'gone'

  /** Lets something happen to the process: now, when it is thawed, or never. */
  readonly run = (work: () => void): void => {
    if (this.#state === 'running') work()
    else if (this.#state === 'frozen') this.#waiting.push(work)
  }

  readonly trace = (what: string, details: readonly string[] = []): void => this.#write(this.id, what, details)

  kill(): void {
    this.#state = 'gone'
    this.#waiting = []
  }

  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen'
  }

  thaw(): void {
    if (this.#state !== 'frozen') return
    this.#state = 'running'
    for (const work of this.#waiting.splice(0)) work()
  }
}
